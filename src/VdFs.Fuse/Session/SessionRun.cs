namespace VdFs.Fuse.Session;

/// <summary>The threads of one <see cref="FuseSession.Run"/>: the crew, grown as it asks for it, and its watch.</summary>
internal sealed class SessionRun : IDisposable
{
    private readonly Func<ServingCrew, int, CrewWatch, int> serve;
    private readonly ServingCrew crew;
    private readonly CrewWatch watch;

    /// <summary>Guards the two fields below. Taken below the crew's own lock.</summary>
    private readonly Lock guard = new();
    private readonly List<Thread> threads = [];
    private int endedBy;

    /// <param name="limit">Most serving threads.</param>
    /// <param name="serve">Body of a serving thread: serves until the connection ends and answers its errno, or 0 if sent home.</param>
    public SessionRun(int limit, Func<ServingCrew, int, CrewWatch, int> serve)
    {
        this.serve = serve;
        crew = new ServingCrew(limit, StartThread);
        watch = new CrewWatch(crew);
    }

    /// <summary>Serves to the end.</summary>
    /// <returns>The errno that ended the connection.</returns>
    public int Run()
    {
        var watching = new Thread(watch.Run, SessionThread.StackSize) { Name = "vdfs watch", IsBackground = true };
        watching.Start();
        crew.Begin();
        for (int i = 0; TryGetThread(i) is Thread thread; i++)
            thread.Join();
        watch.End();
        watching.Join();
        return endedBy;
    }

    /// <inheritdoc cref="ServingCrew.Retire"/>
    public void Retire() => crew.Retire();

    public bool AnyServing() => crew.AnyServing();

    public void Dispose() => watch.Dispose();

    private Thread? TryGetThread(int index)
    {
        lock (guard)
            return index < threads.Count ? threads[index] : null;
    }

    private void StartThread(int number)
    {
        var thread = new Thread(() => Serve(number), SessionThread.StackSize) { Name = $"vdfs serve {number}", IsBackground = true };
        lock (guard)
            threads.Add(thread);
        thread.Start();
    }

    private void Serve(int number)
    {
        int errno = serve(crew, number, watch);
        lock (guard)
        {
            if (errno != 0 && endedBy == 0)
                endedBy = errno;
        }
        crew.End();
    }
}
