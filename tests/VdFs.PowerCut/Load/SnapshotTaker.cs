using System.Diagnostics;
using System.Globalization;
using VdFs.PowerCut.Native;

namespace VdFs.PowerCut.Load;

/// <summary>Cuts, releases and forgets, as users do: mkdir and rmdir. After each cut it finds out which writes the cut has.</summary>
public sealed class SnapshotTaker(LoadPlan plan, string mount, IReadOnlyList<Writer> writers, Ledger ledger)
{
    private const int MostHeld = 3;
    private const int MostCheckpoints = 5;
    private readonly Random random = new((int)plan.Seed);
    private readonly List<string> held = [];
    private readonly List<string> checkpoints = [];
    private int cuts;

    /// <summary>All that it does, once, while nobody writes: the first time is slow under emulation.</summary>
    public void WarmUp()
    {
        Cut("first");
        Release(0);
        Forget(0);
    }

    public void Run(CancellationToken until)
    {
        while (!until.WaitHandle.WaitOne(random.Next(50, 2000)))
        {
            if (held.Count == 0 || (held.Count < MostHeld && random.Next(2) == 0))
                Cut($"s{++cuts}");
            else
                Release(random.Next(held.Count));
            if (checkpoints.Count > MostCheckpoints)
                Forget(random.Next(checkpoints.Count));
        }
    }

    private void Cut(string name)
    {
        string path = $"{mount}/.snapshots/{name}";
        int[] ended = [.. writers.Select(w => w.Ended)];
        ledger.Append($"cutting {name} {string.Join(' ', ended)}");
        long started = Stopwatch.GetTimestamp();
        if (Libc.MakeDirectory(path, 0x1ed) != 0)
        {
            ledger.Append($"failed {name} {Libc.Error}");
            return;
        }
        TimeSpan took = Stopwatch.GetElapsedTime(started);
        int[] begun = [.. writers.Select(w => w.Begun)];
        ledger.Append($"cut {name} {string.Join(' ', begun)}");
        held.Add(name);
        RawFile[] view = [.. Enumerable.Range(0, LoadPlan.Images).Select(i => RawFile.ForReading($"{path}/{LoadPlan.Name(i)}"))];
        ledger.Append($"exact {name} {string.Join(' ', writers.Select((_, w) => LastIn(view, w, ended[w], begun[w])))}");
        foreach (RawFile image in view)
            image.Dispose();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"VDFS CUT {name} took {took.TotalMilliseconds:0} ms, {begun.Sum() - ended.Sum()} writes began meanwhile; its look {(Stopwatch.GetElapsedTime(started) - took).TotalMilliseconds:0} ms"));
    }

    /// <summary>
    /// The last write of a writer that a view has. In the first sector of each write up to it the view has that write or a later one, in that of each write
    /// after it only earlier ones.
    /// </summary>
    private int LastIn(RawFile[] view, int writer, int ended, int begun)
    {
        Span<byte> sector = stackalloc byte[LoadPlan.SectorSize];
        while (ended < begun)
        {
            int middle = ended + (begun - ended + 1) / 2;
            PlannedWrite write = plan.Write(writer, middle);
            long offset = LoadPlan.Offset(write.Image, write.Spot, write.First);
            view[write.Image].Read(sector, offset);
            if (Sector.Read(sector, write.Image, offset) >= middle)
                ended = middle;
            else
                begun = middle - 1;
        }
        return ended;
    }

    private void Release(int index)
    {
        string name = held[index];
        held.RemoveAt(index);
        ledger.Append($"releasing {name}");
        if (Libc.RemoveDirectory($"{mount}/.snapshots/{name}") != 0)
            throw new CallFailedException("rmdir", name, Libc.Error);
        ledger.Append($"released {name}");
        checkpoints.Add(name);
    }

    private void Forget(int index)
    {
        string name = checkpoints[index];
        checkpoints.RemoveAt(index);
        ledger.Append($"forgetting {name}");
        if (Libc.RemoveDirectory($"{mount}/.snapshots/.checkpoints/{name}") != 0)
            throw new CallFailedException("rmdir", name, Libc.Error);
        ledger.Append($"forgot {name}");
    }
}
