namespace VdFs.Backup.Repositories;

/// <summary>A file that is being written, from its start to its end. For one thread. Disposed of without a commit, it was never there.</summary>
public interface IStoreWriter : IDisposable
{
    /// <summary>Bytes so far.</summary>
    long Length { get; }

    void Write(ReadOnlySpan<byte> data);

    /// <summary>Zeros; a hole where the store can.</summary>
    void WriteZeros(long length);

    /// <summary>Makes the file appear under its name, whole and on stable storage.</summary>
    void Commit();
}
