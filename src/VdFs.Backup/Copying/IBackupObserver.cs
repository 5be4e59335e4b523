using VdFs.Backup.Paths;
using VdFs.Backup.Repositories;

namespace VdFs.Backup.Copying;

/// <summary>Is told how a backup goes, from any thread.</summary>
public interface IBackupObserver
{
    /// <summary>A sentence about what was found or done.</summary>
    void Tell(string sentence);

    /// <summary>A sentence about what is wrong.</summary>
    void Warn(string sentence);

    /// <summary>All images were looked at; so much is to be read.</summary>
    void Planned(int images, long bytes);

    void Started(RelativePath image, BackupWay way, string reason, long bytes);

    /// <summary>So many more bytes of the image were read.</summary>
    void Advanced(RelativePath image, long bytes);

    void Finished(BackupImage image);
}
