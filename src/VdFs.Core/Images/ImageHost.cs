using VdFs.Core.Snapshots;
using VdFs.Core.Storage;

namespace VdFs.Core.Images;

/// <summary>What all images of an engine share.</summary>
internal sealed class ImageHost(IStorage state, IStorage preserve, Gate gate, Action<EngineEvent> log)
{
    private long generation;
    private long recordedBlocks;
    private long preservedBlocks;

    public IStorage State { get; } = state;

    public IStorage Preserve { get; } = preserve;

    public Gate Gate { get; } = gate;

    public DirtySet Dirty { get; } = new();

    public Action<EngineEvent> Log { get; } = log;

    /// <summary>Number of the current generation. Changes only while the gate is closed.</summary>
    public long Generation
    {
        get => Volatile.Read(ref generation);
        set => Volatile.Write(ref generation, value);
    }

    public long RecordedBlocks => Interlocked.Read(ref recordedBlocks);

    public long PreservedBlocks => Interlocked.Read(ref preservedBlocks);

    /// <summary>Called when an image's pre-images can't be kept: every held snapshot of it is lost for this image.</summary>
    public Action<Image, string> GiveUp { get; set; } = static (_, _) => { };

    /// <summary>Called when an image's records can't be trusted.</summary>
    public Action<Image, string> BreakLineage { get; set; } = static (_, _) => { };

    public void CountRecorded(long blocks) => Interlocked.Add(ref recordedBlocks, blocks);

    public void CountPreserved(long blocks) => Interlocked.Add(ref preservedBlocks, blocks);
}
