using System.Runtime.InteropServices;
using VdFs.Core.Durability;
using VdFs.Core.Errors;
using VdFs.Core.Snapshots;
using VdFs.Core.Space;
using VdFs.Core.Storage;
using VdFs.Core.Tracking;

namespace VdFs.Core.Images;

/// <summary>What all images of an engine share.</summary>
internal sealed class ImageHost(IStorage state, IStorage preserve, PreserveSpace space, IntentLog intents, RecordList records, Gate gate, Action<EngineEvent> log)
{
    /// <summary>Every first touch writes here, and every write reads the generation: on cache lines of their own.</summary>
    private readonly Counters counters = new();
    private long generation;
    private bool durable;

    public IStorage State { get; } = state;

    public IStorage Preserve { get; } = preserve;

    /// <summary>Room for pre-images.</summary>
    public PreserveSpace Space { get; } = space;

    public IntentLog Intents { get; } = intents;

    public RecordList Records { get; } = records;

    /// <summary>Images without a record, for want of room.</summary>
    public required UnrecordedTable Unrecorded { get; init; }

    public Gate Gate { get; } = gate;

    public DirtySet Dirty { get; } = new();

    public Action<EngineEvent> Log { get; } = log;

    /// <inheritdoc cref="EngineOptions.SharedBlocks"/>
    public int SharedBlocks { get; init; } = int.MaxValue;

    /// <inheritdoc cref="EngineOptions.HoleBlocks"/>
    public int HoleBlocks { get; init; } = int.MaxValue;

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

    /// <summary>
    /// Called outside of the gate and of all locks by an operation that found no room for a pre-image, with the <see cref="PreserveSpace.Rounds"/> of before:
    /// None to repeat it, else its answer.
    /// </summary>
    public Func<Worker, Image, long, FsError> MakeRoom { get; set; } = static (_, _, _) => FsError.NoSpace;

    /// <summary>Whether a store that fails costs the snapshots, not the writer: what happens when there is no room.</summary>
    public bool GivesUp { get; set; } = true;

    /// <summary>Called when pre-images or records could not be brought to stable storage: held snapshots won't survive a power cut. Afterwards <see cref="Durable"/> is false, unless that failed too.</summary>
    public Func<FsError, FsError> StopBeingDurable { get; set; } = static error => error;

    /// <summary>Called when an image's records can't be trusted.</summary>
    public Action<Image, string> BreakLineage { get; set; } = static (_, _) => { };

    /// <summary>Called when an image has neither a name nor a client any more. From any thread, also inside the gate.</summary>
    public Action<Image> Departed { get; set; } = static _ => { };

    /// <summary>A write or a sync of state or pre-images failed for another reason than space: what the kernel took before may be lost without a power cut. Told once per mount.</summary>
    public void NoteStorageFailure(string what, FsError error)
    {
        // For want of descriptors or memory nothing was written, so nothing failed to be.
        if (Intents.IsTainted || error.IsWant())
            return;
        Intents.Taint();
        Log(new(true, $"{what} ({error}): what was written before may be lost as well; what isn't known to be on stable storage counts as changed at the next mount. Check the devices of state and preserve directory."));
    }

    /// <summary>Called when a view of a cut can't be served at a block, whose pre-image should lie in the store of a generation.</summary>
    public Action<Image, long, long, long> CannotServe { get; set; } = static (_, _, _, _) => { };

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
