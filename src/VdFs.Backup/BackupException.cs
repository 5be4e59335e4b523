using VdFs.Core.Errors;

namespace VdFs.Backup;

/// <summary>
/// A backup, restore or look into a repository ends without its result: what kind of failure it is, and sentences for people that say what happened, to what,
/// what was done about it and what the user can do.
/// </summary>
public class BackupException(FsError error, string message, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>Never <see cref="FsError.None"/>.</summary>
    public FsError Error { get; } = error;
}
