using System.Text.Json.Serialization;
using VdFs.Core.Checking;
using VdFs.Core.Errors;
using VdFs.Core.Snapshots;

namespace VdFs.Cli.Service;

// The service's messages stand together: they are one contract, read as one table.

/// <summary>Answer to `status`.</summary>
/// <param name="Mount">What doesn't change.</param>
/// <param name="Pid">The worker's process id.</param>
/// <param name="Worker">The process that serves.</param>
/// <param name="Holder">Who holds the mount if the worker dies: `supervisor`, `service-manager`, or `none`, as the supervisor died.</param>
/// <param name="Supervisor">The process that starts another worker if this one dies; null if there is none (any more).</param>
/// <param name="Restarts">How often a worker was replaced since the mount went live.</param>
/// <param name="Hangs">How many of those because it hung; those that a service manager ended aren't counted.</param>
/// <param name="FailedUpgrades">How many builds were tried that didn't get to serve.</param>
/// <param name="LastPauseMilliseconds">How long nobody served, the last time; null: never.</param>
/// <param name="Version">Of the daemon.</param>
/// <param name="Started">When it began to serve.</param>
/// <param name="UptimeSeconds">Since then.</param>
/// <param name="Snapshots">Snapshots held.</param>
/// <param name="Checkpoints">Checkpoints.</param>
/// <param name="Engine">The engine's numbers.</param>
/// <param name="Gen0Collections">Garbage collections of the youngest generation since the daemon's start; steady reads and writes cause none.</param>
/// <param name="AllocatedBytes">Bytes of managed memory that were ever asked for since the daemon's start; steady reads and writes ask for none.</param>
/// <param name="MemoryBytes">Memory of the daemon's process that is resident.</param>
public sealed record MountStatus(
    MountDescription Mount, int Pid, WorkerStatus Worker, string Holder, SupervisorStatus? Supervisor, int Restarts, int Hangs, int FailedUpgrades, double? LastPauseMilliseconds, string Version, DateTimeOffset Started, double UptimeSeconds,
    int Snapshots, int Checkpoints, EngineStatus Engine, int Gen0Collections, long AllocatedBytes, long MemoryBytes)
{
    /// <summary>Bytes free for images where they lie, for users who aren't root.</summary>
    public long ImagesFree { get; init; }

    /// <summary>Size of their filesystem in bytes; 0: not known.</summary>
    public long ImagesTotal { get; init; }

    /// <summary>Open descriptors of the worker; null: a daemon of a former build.</summary>
    public DescriptorStatus? Descriptors { get; init; }

    /// <summary>All that is wrong, a short sentence each; see <see cref="MountWarnings"/>.</summary>
    public IReadOnlyList<string> Warnings
    {
        // A daemon of a former build tells none.
        get => field ?? [];
        init;
    }
}

/// <summary>Answer of `vdfs status --check`.</summary>
/// <param name="Problems">Empty: all is well.</param>
public sealed record StatusCheckAnswer(IReadOnlyList<MountProblem> Problems);

/// <param name="Problem">A short sentence.</param>
public sealed record MountProblem(string MountPoint, string Problem);

/// <param name="Pid">Process id.</param>
/// <param name="Build">What it was started from.</param>
/// <param name="Transport">How requests come to it: `io_uring` or `read`.</param>
public sealed record WorkerStatus(int Pid, string Build, string Transport);

/// <param name="Pid">Process id.</param>
public sealed record SupervisorStatus(int Pid);

/// <summary>A mount as `vdfs status` lists it: known to the kernel, and with a status if its service answers.</summary>
/// <param name="MountPoint">Absolute path.</param>
/// <param name="BackingDirectory">As the kernel knows it.</param>
/// <param name="Answers">Whether the service answered.</param>
/// <param name="Status">Null if it didn't.</param>
/// <param name="Problem">Why it didn't; null if it did.</param>
public sealed record MountListing(string MountPoint, string BackingDirectory, bool Answers, MountStatus? Status, string? Problem)
{
    /// <summary>Of the command that asked for it.</summary>
    [JsonIgnore]
    public ExitCode Code { get; init; }
}

public sealed record CreateRequest(string Name, IReadOnlyList<string> Patterns);

/// <param name="Build">Absolute path of a program, or of an assembly.</param>
public sealed record UpgradeRequest(string Build);

/// <summary>What is to be different from now on, in the words of the command line; null: stays as it is.</summary>
public sealed record SetRequest(string? PreserveLimit, string? WhenFull, int? WhenFullLimit);

public sealed record NameRequest(string Name);

public sealed record RenameRequest(string From, string To);

/// <param name="Image">Path of the image below the mount.</param>
/// <param name="From">Name of the older cut.</param>
/// <param name="To">Name of the newer cut; null: now.</param>
public sealed record ChangesRequest(string Image, string From, string? To);

/// <summary>What a backup gets when it begins; its connection stays open, and is the lease.</summary>
/// <param name="StateId">Of the mount's state directory, 32 hexadecimal digits.</param>
public sealed record BackupBegun(string StateId, SnapshotInfo Snapshot);

/// <summary>A backup whose connection ended with the worker that held its lease.</summary>
public sealed record ResumeRequest(string CutId);

public sealed record CompleteRequest(string Repository, string CutId);

/// <param name="Image">As deltas name it.</param>
public sealed record RevokeRequest(string Image, string Reason);

/// <summary>A line of the answer to `check`: how far it is, once a second, and last the report or why there is none.</summary>
/// <param name="Bytes">Pre-images read so far.</param>
/// <param name="Report">Null but in the last line.</param>
/// <param name="Error">Null unless the check failed.</param>
public sealed record CheckLine(long Bytes, CheckReport? Report = null, ServiceError? Error = null);

/// <summary>What every answer but 200 holds.</summary>
public sealed record ServiceError(
    [property: JsonConverter(typeof(JsonStringEnumConverter<FsError>))] FsError Error, string Message);

/// <summary>An answer that has nothing to tell but that it was done.</summary>
public sealed record Done(string Message);

/// <summary>Answer of `vdfs mount`.</summary>
/// <param name="Images">Where the images are: the mount point.</param>
/// <param name="Snapshots">Path of `.snapshots`.</param>
/// <param name="BackingDirectory">What is mounted.</param>
/// <param name="Pid">The daemon's process id.</param>
public sealed record Mounted(string Images, string Snapshots, string BackingDirectory, int Pid);
