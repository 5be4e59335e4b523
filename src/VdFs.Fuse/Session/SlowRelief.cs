using VdFs.Fuse.Transport;

namespace VdFs.Fuse.Session;

/// <summary>The slow lane serves what came by a queue and whose reader is held up.</summary>
internal sealed class SlowRelief(SlowLane lane, int queue) : IRelief
{
    public void Take(ReadOnlySpan<byte> request) => lane.Add(queue, request);
}
