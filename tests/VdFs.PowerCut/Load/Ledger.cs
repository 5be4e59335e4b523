using System.Runtime.InteropServices;
using VdFs.PowerCut.Native;

namespace VdFs.PowerCut.Load;

/// <summary>
/// What the load knows, written behind the filesystem's end on the logged disk, past every cache. The disk's log so has each record at its place in the
/// order of all writes: before every write that begins after it, and after every write that ended before it. No simulated power cut takes it away, as it is
/// read from the log. Safe for use by many threads.
/// </summary>
public sealed unsafe class Ledger : IDisposable
{
    private readonly RawFile disk;
    private readonly Lock appending = new();
    private readonly byte* sector = (byte*)NativeMemory.AlignedAlloc(LoadPlan.SectorSize, 4096);
    private long offset;
    private int number;

    /// <param name="disk">The disk's device.</param>
    /// <param name="offset">Where the ledger begins, in bytes.</param>
    public Ledger(string disk, long offset)
    {
        this.disk = RawFile.ForWriting(disk, direct: true);
        this.offset = offset;
    }

    /// <summary>Returns when the disk has the record.</summary>
    public void Append(string words)
    {
        lock (appending)
        {
            var bytes = new Span<byte>(sector, LoadPlan.SectorSize);
            LedgerRecord.Write(bytes, number++, words);
            disk.Write(bytes, offset);
            offset += LoadPlan.SectorSize;
        }
    }

    public void Dispose()
    {
        disk.Dispose();
        NativeMemory.AlignedFree(sector);
    }
}
