using VdFs.Backup.Copying;
using VdFs.Backup.Paths;
using VdFs.Backup.Repositories;

namespace VdFs.Backup.Tests.Fakes;

/// <summary>Keeps the sentences.</summary>
internal sealed class SilentObserver : IBackupObserver, IProgressObserver
{
    public List<string> Told { get; } = [];

    public List<string> Warned { get; } = [];

    public void Tell(string sentence)
    {
        lock (Told)
            Told.Add(sentence);
    }

    public void Warn(string sentence)
    {
        lock (Warned)
            Warned.Add(sentence);
    }

    public void Planned(int images, long bytes)
    {
        // Nobody looks.
    }

    public void Started(RelativePath image, BackupWay way, string reason, long bytes)
    {
        // Nobody looks.
    }

    public void Started(RelativePath image, long bytes)
    {
        // Nobody looks.
    }

    public void Advanced(RelativePath image, long bytes)
    {
        // Nobody looks.
    }

    public void Finished(BackupImage image)
    {
        // Nobody looks.
    }

    public void Finished(RelativePath image, string outcome)
    {
        // Nobody looks.
    }
}
