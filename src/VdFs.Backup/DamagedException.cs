using VdFs.Core.Errors;

namespace VdFs.Backup;

/// <summary>Something of the repository is missing, isn't what its checksum says, or contradicts the rest. Nothing was read from it that was believed.</summary>
public sealed class DamagedException(string message, Exception? cause = null) : BackupException(FsError.Stale, message, cause);
