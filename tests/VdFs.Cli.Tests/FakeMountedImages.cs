using VdFs.Cli.Composition;
using VdFs.Cli.Service;
using VdFs.Core.Backups;
using VdFs.Core.Errors;
using VdFs.Core.Snapshots;

namespace VdFs.Cli.Tests;

/// <summary>A mount without a kernel.</summary>
internal sealed class FakeMountedImages(string backing, string mountPoint) : IMountedImages
{
    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public FakeSnapshotService Fake { get; } = new();

    public bool Disposed { get; private set; }

    public ISnapshotService Snapshots => Fake;

    public IBackupService Backups => Fake;

    public bool Succeeds => false;

    public MountProcesses Processes() => new("/usr/bin/vdfs", "io_uring", MountHolders.Supervisor, 4711, 2, 1, 0, 123.4, new(50, 10, 1024, ""));

    public (long Free, long Total) Room { get; set; } = (1L << 40, 2L << 40);

    public (long Free, long Total) ImageRoom() => Room;

    public SetRequest? Remembered { get; private set; }

    public void Remember(SetRequest request) => Remembered = request;

    public string? UpgradedTo { get; private set; }

    public Outcome Upgrade(string build)
    {
        UpgradedTo = build;
        return Outcome.Success;
    }

    public Task Ended => ended.Task;

    public void Detach() => ended.TrySetResult();

    public MountDescription Describe() =>
        new(backing, mountPoint, backing + "/.vdfs", backing + "/.vdfs/preserve", "", "7.45", ["rw", "allow_other"], 100, ["PASSTHROUGH: views from the kernel's cache"]);

    public ValueTask DisposeAsync()
    {
        Disposed = true;
        return ValueTask.CompletedTask;
    }
}
