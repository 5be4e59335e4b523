using System.Runtime.InteropServices;
using VdFs.Core.Durability;
using VdFs.Core.Errors;
using VdFs.Core.Snapshots;
using VdFs.Core.Storage;

namespace VdFs.Core.Images;

/// <summary>What all images of an engine share.</summary>
internal sealed class ImageHost(IStorage state, IStorage preserve, IntentLog intents, Gate gate, Action<EngineEvent> log)
{
    /// <summary>Every first touch writes here, and every write reads the generation: on cache lines of their own.</summary>
    private readonly Counters counters = new();
    private long generation;
    private bool durable;

    public IStorage State { get; } = state;

    public IStorage Preserve { get; } = preserve;

    public IntentLog Intents { get; } = intents;

    public Gate Gate { get; } = gate;

    public DirtySet Dirty { get; } = new();

    public Action<EngineEvent> Log { get; } = log;

    /// <summary>Number of the current generation. Changes only while the gate is closed.</summary>
    public long Generation
    {
        get => Volatile.Read(ref generation);
        set => Volatile.Write(ref generation, value);
    }

    /// <summary>Whether pre-images and records are on stable storage before an image changes (<see cref="EngineOptions.DurableSnapshots"/>).</summary>
    public bool Durable
    {
        get => Volatile.Read(ref durable);
        set => Volatile.Write(ref durable, value);
    }

    public long RecordedBlocks => Interlocked.Read(ref counters.Recorded);

    public long PreservedBlocks => Interlocked.Read(ref counters.Preserved);

    /// <summary>Called when an image's pre-images can't be kept: every held snapshot of it is lost for this image.</summary>
    public Action<Image, string> GiveUp { get; set; } = static (_, _) => { };

    /// <summary>Called when pre-images or records could not be brought to stable storage: held snapshots won't survive a power cut. Afterwards <see cref="Durable"/> is false, unless that failed too.</summary>
    public Func<FsError, FsError> StopBeingDurable { get; set; } = static error => error;

    /// <summary>Called when an image's records can't be trusted.</summary>
    public Action<Image, string> BreakLineage { get; set; } = static (_, _) => { };

    public void CountRecorded(long blocks) => Interlocked.Add(ref counters.Recorded, blocks);

    public void CountPreserved(long blocks) => Interlocked.Add(ref counters.Preserved, blocks);

    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private sealed class Counters
    {
        [FieldOffset(128)]
        public long Recorded;

        [FieldOffset(136)]
        public long Preserved;
    }
}
