using VdFs.Core.Errors;

namespace VdFs.Backup.Comparing;

/// <summary>One of two contents that are compared can't be read.</summary>
internal sealed class ComparisonException(FsError error, long position, bool isLeft)
    : BackupException(error, $"Byte {position} can't be read: {Native.ErrorWords.Of(error)}.")
{
    /// <summary>Whether it is the first of the two.</summary>
    public bool IsLeft { get; } = isLeft;
}
