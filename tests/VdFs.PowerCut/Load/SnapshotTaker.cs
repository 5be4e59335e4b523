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

    public void Run(CancellationToken until)
    {
        while (!until.WaitHandle.WaitOne(random.Next(100, 2500)))
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
        if (Libc.MakeDirectory(path, 0x1ed) != 0)
        {
            ledger.Append($"failed {name} {Libc.Error}");
            return;
        }
        int[] begun = [.. writers.Select(w => w.Begun)];
        ledger.Append($"cut {name} {string.Join(' ', begun)}");
        held.Add(name);
        ledger.Append($"exact {name} {string.Join(' ', writers.Select((_, w) => LastIn(path, w, ended[w], begun[w])))}");
    }

    /// <summary>The last write of a writer that a view has: of those that may be on either side of the cut, the newest that is to be seen in it.</summary>
    private int LastIn(string view, int writer, int ended, int begun)
    {
        Span<byte> sector = stackalloc byte[LoadPlan.SectorSize];
        for (int number = begun; number > ended; number--)
        {
            PlannedWrite write = plan.Write(writer, number);
            long offset = LoadPlan.Offset(write.Image, write.Spot, write.First);
            using RawFile image = RawFile.ForReading($"{view}/{LoadPlan.Name(write.Image)}");
            image.Read(sector, offset);
            if (Sector.Read(sector, write.Image, offset) == number)
                return number;
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
