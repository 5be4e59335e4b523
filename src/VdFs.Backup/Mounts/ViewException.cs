using VdFs.Core.Errors;

namespace VdFs.Backup.Mounts;

/// <summary>Something of the snapshot can't be read: the backup's source, not the repository.</summary>
internal sealed class ViewException(FsError error, string message) : BackupException(error, message);
