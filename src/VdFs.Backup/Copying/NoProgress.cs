using VdFs.Backup.Paths;
using VdFs.Backup.Repositories;

namespace VdFs.Backup.Copying;

/// <summary>Passes sentences on, but no progress.</summary>
internal sealed class NoProgress(IBackupObserver observer) : IBackupObserver
{
    public static NoProgress Of(IBackupObserver observer) => new(observer);

    public void Tell(string sentence) => observer.Tell(sentence);

    public void Warn(string sentence) => observer.Warn(sentence);

    public void Planned(int images, long bytes)
    {
        // Nothing to pass on.
    }

    public void Started(RelativePath image, BackupWay way, string reason, long bytes)
    {
        // Nothing to pass on.
    }

    public void Advanced(RelativePath image, long bytes)
    {
        // Nothing to pass on.
    }

    public void Finished(BackupImage image)
    {
        // Nothing to pass on.
    }
}
