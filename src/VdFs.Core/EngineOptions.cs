using VdFs.Core.Snapshots;
using VdFs.Core.Space;

namespace VdFs.Core;

/// <summary>How an engine is to behave.</summary>
public sealed record EngineOptions
{
    /// <summary>Checkpoints kept per mount; the oldest goes first.</summary>
    public int MaxCheckpoints { get; init; } = 100;

    /// <summary>How much the preserve store may hold; whatever it is, some room stays free on its filesystem.</summary>
    public SpaceLimit PreserveLimit { get; init; }

    public WhenFull WhenFull { get; init; }

    /// <summary>How long a writer waits for room under <see cref="WhenFull.Wait"/>.</summary>
    public TimeSpan WhenFullLimit { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Bytes of the state directory that are set aside for records and catalog. 0: none; null: as suits its filesystem.</summary>
    public long? StateReserve { get; init; } = 0;

    /// <summary>How long a cut may wait for writes that are under way.</summary>
    public TimeSpan GateLimit { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a command that failed may be held back, until it is certain that nothing of it comes back.</summary>
    public TimeSpan SettleLimit { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Where a refused cut is remembered of which that can't be made certain; best in memory that outlives the process.</summary>
    public IRefusalMemory Refusals { get; init; } = new RefusalMemory();

    /// <summary>
    /// Held snapshots survive power cuts: pre-images and records are on stable storage before an image changes, and a cut answers only when all earlier writes are. Costs
    /// syncs on the way of each first touch of a block.
    /// </summary>
    public bool DurableSnapshots { get; init; }

    /// <summary>Runs of so many blocks are preserved by sharing their extents with the image, where the filesystem can; shorter ones are copied, which takes less time.</summary>
    public int SharedBlocks { get; init; } = 64;

    /// <summary>Runs of so many blocks are asked whether they are a hole before they are read.</summary>
    public int HoleBlocks { get; init; } = 16;

    /// <summary>Entries of records that are gone, which the list of records may hold before it is written anew without them.</summary>
    public int RecordListSlack { get; init; } = 4096;

    /// <summary>How long a region has to be left alone before it is brought to stable storage and its intent dropped; between once and twice this.</summary>
    public TimeSpan IntentRest { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Identifies this run of the machine (Linux: /proc/sys/kernel/random/boot_id) and of the filesystems below. What was not synced is trusted only within one.</summary>
    public string BootId { get; init; } = "";

    /// <summary>What the backing directory is called, for messages, and for those of later mounts.</summary>
    public string BackingPath { get; init; } = "";

    /// <summary>Where the preserve directory lies, for later mounts and checks; empty: in the state directory.</summary>
    public string PreservePath { get; init; } = "";

    /// <summary>Somebody named the preserve directory: it is used even if the last mount had another one.</summary>
    public bool PreserveIsNamed { get; init; } = true;

    /// <summary>
    /// The backing directory may be another one than the state was made for: if it is, all lineages are broken and held snapshots lost, instead of a refusal.
    /// </summary>
    public bool AdoptState { get; init; }

    /// <summary>The former worker of the same mount held leases, whose owners live and may come back for them (<see cref="Backups.IBackupService.ResumeBackup"/>): they stay. Otherwise they end at the start.</summary>
    public bool LeasesStay { get; init; }

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Has something done later on another thread: what a writer caused and must not wait for. Never throws.</summary>
    public Action<Action> Background { get; init; } = static work => ThreadPool.QueueUserWorkItem(static done => ((Action)done!)(), work);

    /// <summary>Takes one line for people per event that they should know of; level and text.</summary>
    public Action<EngineEvent> Log { get; init; } = static _ => { };
}

/// <summary>Something that people should know of.</summary>
/// <param name="Warning">True if something was lost or is at risk.</param>
/// <param name="Message">What happened, to what, what VdFs did, what the user can do.</param>
public readonly record struct EngineEvent(bool Warning, string Message);
