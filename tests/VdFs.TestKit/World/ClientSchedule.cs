using Stopwatch = System.Diagnostics.Stopwatch;

namespace VdFs.TestKit.World;

/// <summary>
/// Clients as threads of which one runs at a time: each runs until its next step (a call to storage, the closed gate, the end of an operation), and the seed says who goes
/// on. A client that doesn't come to a step because it waits for a lock of the engine isn't chosen until it does.
/// </summary>
/// <remarks>
/// That a client waits for a lock is seen by its thread's state. One that was given the lock may be seen too late, so that a seed's schedule is nearly always the same, and
/// not always: <see cref="Story"/> tells the schedule that was. Whoever got a lock late runs beside the chosen client, in the engine alone and only up to its next step; what
/// a client does between <see cref="Step"/> and its next call to the engine it does alone.
/// </remarks>
public sealed class ClientSchedule : IDisposable
{
    /// <summary>How long nobody may come to a step, real time, while nobody could be chosen: then they wait for each other.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>How the labels of steps begin that are no more than waiting.</summary>
    public const string Waits = "waits";

    private const int MostSteps = 50_000;
    private const int StackSize = 512 << 10;

    [ThreadStatic]
    private static Client? current;

    private readonly Random random;
    private readonly double stays;
    private readonly List<Client> clients = [];
    private readonly List<(Client Client, string Label)> story = [];
    private readonly SemaphoreSlim arrived = new(0);

    /// <param name="random">The seed.</param>
    /// <param name="stays">How likely a client that was just chosen is chosen again.</param>
    public ClientSchedule(Random random, double stays)
    {
        this.random = random;
        this.stays = stays;
    }

    /// <summary>Steps that were made so far: the time of this world.</summary>
    public int Steps => story.Count;

    /// <summary>What clients ended with, but for <see cref="SimulatedDeathException"/>.</summary>
    public List<Exception> Failures { get; } = [];

    /// <summary>What happens to a client between being chosen and knowing it, as on a machine whose cores others have.</summary>
    public Action? WakingUp { get; set; }

    /// <summary>Who made which step, from the first.</summary>
    public IEnumerable<string> Story => story.Select(s => $"{s.Client.Name,-10} {s.Label}");

    /// <summary>Name of the client that asks; null: no client of any schedule.</summary>
    public static string? Who => current?.Name;

    /// <summary>A client, which begins when it is first chosen.</summary>
    public void Add(string name, Action work)
    {
        var client = new Client(name);
        client.Thread = new Thread(() => Live(client, work), StackSize) { IsBackground = true, Name = name };
        clients.Add(client);
    }

    /// <summary>Returns when every client has come to its end.</summary>
    /// <exception cref="InvalidOperationException">They wait for each other, or don't come to an end.</exception>
    public void Run()
    {
        foreach (Client client in clients)
        {
            client.State = ClientState.Running;
            client.Thread!.Start();
            Settle(client);
        }
        Client? last = null;
        while (true)
        {
            Client[] ready = [.. clients.Where(c => c.State == ClientState.Parked)];
            if (ready.Length == 0)
            {
                if (clients.All(c => c.State == ClientState.Done))
                    return;
                if (!WaitForAnyone())
                    throw new InvalidOperationException($"clients wait for each other: {string.Join(", ", clients.Where(c => c.State == ClientState.Running).Select(c => $"{c.Name} after {c.Label}"))}");
                continue;
            }
            if (story.Count > MostSteps)
                throw new InvalidOperationException("there is no end to it");
            last = last is { State: ClientState.Parked } && !last.Label.StartsWith(Waits, StringComparison.Ordinal) && random.NextDouble() < stays ? last : Choose(ready);
            story.Add((last, last.Label));
            last.State = ClientState.Chosen;
            last.Go.Release();
            Settle(last);
        }
    }

    /// <summary>Called by a client: it goes on when it is chosen. Returns at once on threads that are no client's.</summary>
    public void Step(string label)
    {
        if (current is not { } client)
            return;
        client.Label = label;
        client.State = ClientState.Parked;
        arrived.Release();
        client.Go.Wait();
        WakingUp?.Invoke();
        client.State = ClientState.Running;
    }

    public void Dispose()
    {
        arrived.Dispose();
        foreach (Client client in clients)
            client.Go.Dispose();
    }

    private void Live(Client client, Action work)
    {
        current = client;
        try
        {
            Step("begin");
            work();
        }
        catch (SimulatedDeathException)
        {
            // As all others do, at their next call.
        }
        catch (Exception e)
        {
            lock (Failures)
                Failures.Add(e);
        }
        finally
        {
            current = null;
            client.State = ClientState.Done;
            arrived.Release();
        }
    }

    /// <summary>Returns when the client that was let go on has come to a step or waits for a lock, and so have those whom it may have given a lock.</summary>
    private void Settle(Client chosen)
    {
        // On a busy machine it may be long until it wakes up; meanwhile it looks as if it waited for a lock.
        long began = Stopwatch.GetTimestamp();
        while (chosen.State == ClientState.Chosen)
        {
            if (!arrived.Wait(1) && Stopwatch.GetElapsedTime(began) > Patience)
                throw new InvalidOperationException($"{chosen.Name} was chosen and doesn't wake up");
        }
        while (chosen.State == ClientState.Running && !(arrived.Wait(1) is false && chosen.IsWaiting))
        {
        }
        // A lock that was given back takes a moment to wake the one who waits for it.
        var spin = new SpinWait();
        for (int looks = 0; looks < 40 && clients.Any(c => c.State == ClientState.Running); looks++)
            spin.SpinOnce(sleep1Threshold: -1);
        while (clients.Any(c => c.State == ClientState.Running && !c.IsWaiting))
            arrived.Wait(1);
        while (arrived.Wait(0))
        {
        }
    }

    /// <summary>Those who only look whether they still have to wait are seldom chosen while others can do something.</summary>
    private Client Choose(Client[] ready)
    {
        Client[] busy = [.. ready.Where(c => !c.Label.StartsWith(Waits, StringComparison.Ordinal))];
        return busy.Length != 0 && random.Next(8) != 0 ? busy[random.Next(busy.Length)] : ready[random.Next(ready.Length)];
    }

    private bool WaitForAnyone() =>
        SpinWait.SpinUntil(() => clients.Any(c => c.State == ClientState.Parked) || clients.All(c => c.State == ClientState.Done), Patience);

    private enum ClientState
    {
        NotBegun,
        Chosen,
        Running,
        Parked,
        Done,
    }

    private sealed class Client(string name)
    {
        private volatile ClientState state;

        public string Name { get; } = name;

        public SemaphoreSlim Go { get; } = new(0);

        public Thread? Thread { get; set; }

        public string Label { get; set; } = "";

        public ClientState State { get => state; set => state = value; }

        public bool IsWaiting => (Thread!.ThreadState & ThreadState.WaitSleepJoin) != 0;
    }
}
