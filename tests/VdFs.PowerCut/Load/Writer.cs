using VdFs.PowerCut.Native;

namespace VdFs.PowerCut.Load;

/// <summary>One writer: does its writes in order, one at a time, until told to end.</summary>
public sealed class Writer : IDisposable
{
    private readonly LoadPlan plan;
    private readonly int writer;
    private readonly Ledger ledger;
    private readonly RawFile[] images;
    private readonly RawFile[] durable;
    private volatile int begun;
    private volatile int ended;

    public Writer(LoadPlan plan, int writer, string mount, Ledger ledger)
    {
        this.plan = plan;
        this.writer = writer;
        this.ledger = ledger;
        images = Open(mount, durable: false);
        durable = Open(mount, durable: true);
    }

    /// <summary>The number of the last write that it began.</summary>
    public int Begun => begun;

    /// <summary>The number of the last write that was acknowledged.</summary>
    public int Ended => ended;

    /// <param name="all">All writers, this one too: a sync is for what any of them wrote.</param>
    /// <param name="until">Ends it.</param>
    public void Run(IReadOnlyList<Writer> all, CancellationToken until)
    {
        byte[] buffer = new byte[128 * LoadPlan.SectorSize];
        for (int number = 1; !until.IsCancellationRequested; number++)
        {
            PlannedWrite write = plan.Write(writer, number);
            Span<byte> bytes = Content(write, buffer);
            begun = number;
            (write.Durable ? durable : images)[write.Image].Write(bytes, LoadPlan.Offset(write.Image, write.Spot, write.First));
            ended = number;
            if (write.Durable)
                ledger.Append($"durable {writer} {number}");
            if (write.SyncAfter)
            {
                string done = string.Join(' ', all.Select(w => w.Ended));
                images[write.Image].Sync();
                ledger.Append($"synced {write.Image} {done}");
            }
        }
    }

    /// <summary>The bytes of a write, in <paramref name="buffer"/>.</summary>
    public static Span<byte> Content(PlannedWrite write, byte[] buffer)
    {
        Span<byte> bytes = buffer.AsSpan(0, write.Sectors * LoadPlan.SectorSize);
        for (int i = 0; i < write.Sectors; i++)
            Sector.Write(bytes.Slice(i * LoadPlan.SectorSize, LoadPlan.SectorSize), write.Image, LoadPlan.Offset(write.Image, write.Spot, write.First + i), write.Number);
        return bytes;
    }

    private RawFile[] Open(string mount, bool durable) =>
        [.. Enumerable.Range(0, LoadPlan.Images).Select(i => RawFile.ForWriting($"{mount}/{LoadPlan.Name(i)}", LoadPlan.IsDirect(writer), durable))];

    public void Dispose()
    {
        foreach (RawFile file in images.Concat(durable))
            file.Dispose();
    }
}
