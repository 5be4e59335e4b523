using VdFs.Core.Qcow2;

namespace VdFs.Backup.Repositories;

/// <summary>A file of a repository, open for reading. Safe from any thread.</summary>
public interface IStoredFile : IClusterSource, IDisposable
{
    /// <summary>Bytes, when it was opened.</summary>
    long Length { get; }

    /// <summary>The start of the first data at or after <paramref name="offset"/>, its length at the end: what is skipped is zeros. A store that knows no holes answers <paramref name="offset"/>.</summary>
    long NextData(long offset);
}
