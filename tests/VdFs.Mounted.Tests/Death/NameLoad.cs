using System.IO;

namespace VdFs.Mounted.Tests.Death;

/// <summary>
/// A client that makes, links, renames, replaces and deletes files without pause, keeps some open after their deletion, and knows what must be there.
/// One request that is done twice, or not at all, ends it.
/// </summary>
internal sealed class NameLoad : IDisposable
{
    private const int MostOpen = 4;
    private readonly string folder;
    private readonly Random random;
    private readonly Thread thread;
    private readonly Dictionary<string, byte[]> files = new(StringComparer.Ordinal);
    private readonly Queue<(FileStream File, byte[] Content)> nameless = new();
    private volatile bool stopping;
    private volatile Exception? failure;
    private int last;

    public NameLoad(string folder, int seed)
    {
        this.folder = Directory.CreateDirectory(folder).FullName;
        random = new Random(seed);
        thread = new Thread(Run) { IsBackground = true };
        thread.Start();
    }

    public int Operations { get; private set; }

    public void ThrowIfFailed()
    {
        if (failure is { } e)
            throw new InvalidOperationException($"After {Operations} operations: {e.Message}", e);
    }

    /// <summary>Ends the load and checks that everything is there, and nothing else.</summary>
    public void Finish()
    {
        stopping = true;
        Assert.True(thread.Join(TimeSpan.FromSeconds(60)), "a client hangs");
        ThrowIfFailed();
        Assert.Equal(files.Keys.Order(), Directory.GetFileSystemEntries(folder).Select(p => Path.GetFileName(p)!).Order());
        foreach ((string name, byte[] content) in files)
            Assert.Equal(content, File.ReadAllBytes(At(name)));
        while (nameless.Count > 0)
            CloseNameless();
    }

    public void Dispose()
    {
        stopping = true;
        thread.Join(TimeSpan.FromSeconds(60));
        foreach ((FileStream file, _) in nameless)
            file.Dispose();
    }

    private void Run()
    {
        try
        {
            while (!stopping)
            {
                Step();
                Operations++;
            }
        }
#pragma warning disable CA1031 // Whatever goes wrong here is what the test is about.
        catch (Exception e)
#pragma warning restore CA1031
        {
            failure = e;
        }
    }

    private void Step()
    {
        int what = files.Count < 3 ? 0 : random.Next(9);
        string fresh = $"f{++last}";
        string one = files.Count == 0 ? "" : files.Keys.ElementAt(random.Next(files.Count));
        switch (what)
        {
            case 0 or 1:
                byte[] content = new byte[random.Next(1, 9000)];
                random.NextBytes(content);
                using (var made = new FileStream(At(fresh), FileMode.CreateNew))
                    made.Write(content);
                files[fresh] = content;
                break;
            case 2:
                File.Delete(At(one));
                Assert.False(File.Exists(At(one)), $"{one} was deleted and is there");
                files.Remove(one);
                break;
            case 3:
                File.Move(At(one), At(fresh));
                files.Remove(one, out byte[]? moved);
                files[fresh] = moved!;
                break;
            case 4:
                string other = files.Keys.First(n => n != one);
                File.Move(At(one), At(other), overwrite: true);
                files.Remove(one, out byte[]? over);
                files[other] = over!;
                break;
            case 5:
                Directory.CreateDirectory(At(fresh));
                Directory.Delete(At(fresh));
                break;
            case 6:
                File.CreateSymbolicLink(At(fresh), one);
                File.Delete(At(fresh));
                break;
            case 7:
                var open = new FileStream(At(one), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
                File.Delete(At(one));
                files.Remove(one, out byte[]? gone);
                nameless.Enqueue((open, gone!));
                if (nameless.Count > MostOpen)
                    CloseNameless();
                break;
            default:
                Assert.Equal(files[one], File.ReadAllBytes(At(one)));
                break;
        }
    }

    private void CloseNameless()
    {
        (FileStream file, byte[] content) = nameless.Dequeue();
        using (file)
        {
            byte[] there = new byte[content.Length];
            file.Position = 0;
            file.ReadExactly(there);
            Assert.Equal(content, there);
        }
    }

    private string At(string name) => Path.Combine(folder, name);
}
