using VdFs.Core.Storage;

namespace VdFs.Core.Images;

/// <summary>
/// What tells a file from every other that was or will be on its filesystem: filesystem id, file handle
/// (name_to_handle_at(2), which holds the inode's generation) and birth time; the inode number alone is used again at once.
/// </summary>
/// <param name="FileSystemId">f_fsid of statfs(2), as 64 bits; on XFS, where that is the device number, the UUID folded to 64 bits.</param>
/// <param name="Inode">Inode number.</param>
/// <param name="BirthTime">Zero where the filesystem keeps none.</param>
/// <param name="HandleType">Type of the file handle; 0 with an empty handle where the filesystem gives none.</param>
/// <param name="Handle">The file handle's bytes; owned by the identity, never changed.</param>
public sealed record ImageIdentity(ulong FileSystemId, ulong Inode, TimeSpec BirthTime, int HandleType, byte[] Handle)
{
    public bool Equals(ImageIdentity? other) =>
        other is not null && FileSystemId == other.FileSystemId && Inode == other.Inode
        && BirthTime == other.BirthTime && HandleType == other.HandleType && Handle.AsSpan().SequenceEqual(other.Handle);

    public override int GetHashCode() => HashCode.Combine(FileSystemId, Inode, BirthTime, HandleType);
}
