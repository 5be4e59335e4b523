using System.Collections.Concurrent;
using VdFs.Backup.Paths;
using VdFs.Backup.Repositories;

namespace VdFs.Backup.Copying;

/// <summary>Passes everything on and remembers what was wrong.</summary>
internal sealed class WarningList(IBackupObserver observer) : IBackupObserver
{
    private readonly ConcurrentQueue<string> warnings = new();

    public IReadOnlyList<string> Warnings => [.. warnings];

    public void Tell(string sentence) => observer.Tell(sentence);

    public void Warn(string sentence)
    {
        warnings.Enqueue(sentence);
        observer.Warn(sentence);
    }

    public void Planned(int images, long bytes) => observer.Planned(images, bytes);

    public void Started(RelativePath image, BackupWay way, string reason, long bytes) => observer.Started(image, way, reason, bytes);

    public void Advanced(RelativePath image, long bytes) => observer.Advanced(image, bytes);

    public void Finished(BackupImage image) => observer.Finished(image);
}
