using VdFs.Cli.Service;
using VdFs.Core.Backups;
using VdFs.Core.Snapshots;

namespace VdFs.Cli.Composition;

/// <summary>A live mount as the daemon handles it: made by <see cref="MountHost"/>, and by tests of the daemon without a kernel.</summary>
public interface IMountedImages : IMountInfo, IAsyncDisposable
{
    ISnapshotService Snapshots { get; }

    IBackupService Backups { get; }

    /// <summary>The mount was live before this process: users hang on it.</summary>
    bool Succeeds { get; }

    /// <summary>Ends when the kernel let go of the mount: it was unmounted and its last file is closed.</summary>
    Task Ended { get; }

    /// <summary>Takes the mount's name away now; <see cref="Ended"/> follows when its last file is closed. Doesn't fail: what goes wrong is logged.</summary>
    void Detach();
}
