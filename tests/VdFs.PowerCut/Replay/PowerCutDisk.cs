using System.IO;
using VdFs.PowerCut.Guests;
using VdFs.TestKit.Processes;

namespace VdFs.PowerCut.Replay;

/// <summary>
/// Makes of a log what a disk may hold after a power cut: all that was written before the last flush that the log has at that moment, and of the writes since
/// then any part, each whole, in some of its sectors, or not at all.
/// </summary>
/// <remarks>Moments have to rise from call to call: what is on stable storage is carried on.</remarks>
public sealed class PowerCutDisk
{
    private const int SectorSize = 512;
    private readonly WriteLog log;
    private readonly string stable;
    private int stableUntil;

    /// <param name="log">The log.</param>
    /// <param name="stable">The disk as it was before the log began; is changed.</param>
    public PowerCutDisk(WriteLog log, string stable)
    {
        this.log = log;
        this.stable = stable;
    }

    /// <summary>How many writes weren't flushed at the last cut, and how many of them were lost or torn.</summary>
    public (int Unflushed, int Lost) Last { get; private set; }

    /// <summary>Makes the disk of a power cut.</summary>
    /// <param name="moment">So many entries of the log had been made.</param>
    /// <param name="loss">What is lost.</param>
    /// <param name="random">Decides about each.</param>
    /// <param name="path">The disk that is made.</param>
    public void Make(int moment, Loss loss, Random random, string path)
    {
        int flush = moment - 1;
        while (flush >= stableUntil && (log.Entries[flush].Flags & LogFlags.Flush) == 0)
            flush--;
        flush = Math.Max(flush, stableUntil);
        using (FileStream disk = new(stable, FileMode.Open, FileAccess.Write))
        {
            for (; stableUntil < flush; stableUntil++)
                Apply(disk, log.Entries[stableUntil], _ => true);
        }
        Tool.Run("cp", "--sparse=always", "--reflink=auto", stable, path).Checked();
        using FileStream cut = new(path, FileMode.Open, FileAccess.Write);
        int[] open = [.. Enumerable.Range(stableUntil, moment - stableUntil).Where(i => IsData(log.Entries[i]))];
        int chosen = open.Length == 0 ? -1 : open[random.Next(open.Length)];
        double chance = random.NextDouble();
        int lost = 0;
        foreach (int index in open)
        {
            LogEntry entry = log.Entries[index];
            bool keep = (entry.Flags & LogFlags.ForceUnitAccess) != 0 || loss switch
            {
                Loss.All => false,
                Loss.Nothing => true,
                Loss.Half => random.Next(2) == 0,
                Loss.Some => random.NextDouble() < chance,
                Loss.AllButOne => index == chosen,
                _ => index != chosen,
            };
            bool torn = keep && loss is Loss.Half or Loss.Some && (entry.Flags & LogFlags.ForceUnitAccess) == 0 && random.Next(5) == 0;
            if (keep)
                Apply(cut, entry, torn ? _ => random.Next(2) == 0 : _ => true);
            if (!keep || torn)
                lost++;
        }
        Last = (open.Length, lost);
    }

    /// <summary>The ledger isn't part of what a power cut may lose.</summary>
    private static bool IsData(LogEntry entry) =>
        entry.Sectors > 0 && (entry.Flags & LogFlags.Discard) == 0 && entry.Sector < GuestDisks.LedgerAt / SectorSize;

    private void Apply(FileStream disk, LogEntry entry, Func<int, bool> sectors)
    {
        if (!IsData(entry))
            return;
        byte[] data = log.Data(entry);
        for (int i = 0; i < entry.Sectors; i++)
        {
            if (!sectors(i))
                continue;
            disk.Position = (entry.Sector + i) * SectorSize;
            disk.Write(data, i * SectorSize, SectorSize);
        }
    }
}
