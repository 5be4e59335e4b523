using VdFs.Core.Errors;

namespace VdFs.Core.Storage;

/// <summary>A file of the backing directory, opened for a client or for the engine: what an image can do beyond a state file.</summary>
public interface IBackingFile : IFile
{
    /// <summary>As <see cref="IFile.Write"/>, and on stable storage before it returns when <paramref name="durability"/> asks for it.</summary>
    FsError Write(long offset, ReadOnlySpan<byte> data, WriteDurability durability, out int written);

    /// <summary>fallocate(2) as it is: allocation, punching, zeroing.</summary>
    FsError Allocate(AllocateMode mode, long offset, long length);

    /// <summary>
    /// copy_file_range(2) from <paramref name="source"/>, which is a file of the same implementation; may copy less than asked.
    /// Shares extents where the filesystem can.
    /// </summary>
    FsError CopyFrom(IBackingFile source, long sourceOffset, long offset, long length, out long copied);

    FsError GetAttributes(out FileAttributes attributes);
}

/// <summary>What a write promises when it returns: O_DSYNC and O_SYNC of the client's open.</summary>
public enum WriteDurability
{
    None = 0,
    Data = 1,
    DataAndAttributes = 2,
}

/// <summary>Modes of fallocate(2) that reach a FUSE filesystem.</summary>
[Flags]
public enum AllocateMode
{
    Extend = 0,
    KeepSize = 1,
    PunchHole = 2,
    ZeroRange = 16,
}
