using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Storage;
using VdFs.FileSystem.Backing;
using VdFs.Fuse.Native;

namespace VdFs.Fuse.Backing;

/// <content>Which file it is, for good; and finding a file by that.</content>
public sealed unsafe partial class LinuxBackingDirectory
{
    public FsError Identify(BackingRef node, out ImageIdentity? identity) => Identify((int)node.Value, out identity);

    public FsError Identify(ReadOnlySpan<byte> path, out ImageIdentity? identity)
    {
        identity = null;
        FsError error = OpenPath(path, Libc.O_PATH, out int descriptor);
        if (error != FsError.None)
            return error;
        error = Identify(descriptor, out identity);
        _ = Libc.close(descriptor);
        return error;
    }

    public FsError OpenImage(ImageId id, ImageIdentity identity, ReadOnlySpan<byte> pathHint, out IBackingFile? file)
    {
        FsError error = OpenByHandle(identity, out int descriptor);
        if (error == FsError.Stale)
            return OpenByName(id, identity, pathHint, out file);
        file = error == FsError.None ? new LinuxFile(descriptor) : null;
        return error;
    }

    /// <summary><see cref="OpenImage"/> where file handles don't lead anywhere.</summary>
    internal FsError OpenByName(ImageId id, ImageIdentity identity, ReadOnlySpan<byte> pathHint, out IBackingFile? file)
    {
        FsError error = OpenRetained(id, identity, out int descriptor);
        if (error == FsError.Stale)
            error = OpenIfSame(root, pathHint, identity, out descriptor);
        if (error == FsError.Stale)
            error = Search(identity, out descriptor);
        file = error == FsError.None ? new LinuxFile(descriptor) : null;
        return error;
    }

    private FsError Identify(int descriptor, out ImageIdentity? identity)
    {
        identity = null;
        FsError error = Stat(descriptor, out StatxBuffer stat);
        if (error != FsError.None)
            return error;
        StatFsBuffer fileSystem;
        error = Libc.Check(Libc.fstatfs(descriptor, &fileSystem));
        if (error != FsError.None)
            return error;
        error = HandleOf(descriptor, out int type, out byte[] handle);
        if (error != FsError.None)
            return error;
        TimeSpec birth = (stat.Mask & Libc.STATX_BTIME) != 0 ? stat.BirthTime.ToTimeSpec() : default;
        ulong id = fileSystemId != 0 ? fileSystemId : fileSystem.FileSystemId;
        identity = new ImageIdentity(id, stat.Inode, birth, type, handle);
        return FsError.None;
    }

    /// <summary>Type 0 and no bytes where the filesystem has no handles.</summary>
    private static FsError HandleOf(int descriptor, out int type, out byte[] bytes)
    {
        byte empty = 0;
        int mountId;
        FileHandleBuffer buffer = new() { Length = FileHandleBuffer.Capacity };
        FsError error = Libc.Check(Libc.name_to_handle_at(descriptor, &empty, &buffer, &mountId, Libc.AT_EMPTY_PATH));
        type = error == FsError.None ? buffer.Type : 0;
        bytes = error == FsError.None ? new ReadOnlySpan<byte>(buffer.Bytes, (int)buffer.Length).ToArray() : [];
        return error is FsError.NotSupported or FsError.NotImplemented ? FsError.None : error;
    }

    /// <summary>
    /// Wherever on the filesystem the file is. <see cref="FsError.Stale"/> too if handles can't be used: there are none, or opening by them
    /// isn't allowed (CAP_DAC_READ_SEARCH).
    /// </summary>
    private FsError OpenByHandle(ImageIdentity identity, out int descriptor)
    {
        descriptor = -1;
        if (identity.HandleType == 0 || identity.Handle.Length > FileHandleBuffer.Capacity)
            return FsError.Stale;
        FileHandleBuffer buffer = new() { Length = (uint)identity.Handle.Length, Type = identity.HandleType };
        identity.Handle.CopyTo(new Span<byte>(buffer.Bytes, FileHandleBuffer.Capacity));
        FsError error = OpenHandle(&buffer, out int reference);
        if (error != FsError.None)
            return error;
        error = OpenIfSame(reference, identity, out descriptor);
        _ = Libc.close(reference);
        return error;
    }

    private FsError OpenIfSame(int directory, ReadOnlySpan<byte> path, ImageIdentity identity, out int descriptor)
    {
        descriptor = -1;
        if (path.IsEmpty || !FileName.IsPath(path))
            return FsError.Stale;
        FsError error = OpenBeneath(directory, path, Libc.O_PATH, 0, out int reference);
        if (error != FsError.None)
            return error.IsWant() ? error : FsError.Stale;
        error = OpenIfSame(reference, identity, out descriptor);
        _ = Libc.close(reference);
        return error;
    }

    /// <summary>Opens a regular file for reading that is what is looked for, else <see cref="FsError.Stale"/>. An error of opening the right one is an error.</summary>
    private FsError OpenIfSame(int reference, ImageIdentity identity, out int descriptor)
    {
        descriptor = -1;
        if (CheckRegular(reference) != FsError.None || Identify(reference, out ImageIdentity? found) != FsError.None || !identity.Equals(found))
            return FsError.Stale;
        FsError error = Reopen(reference, Libc.O_RDONLY, out descriptor);
        if (error == FsError.None)
            KeepAccessTime(descriptor);
        return error;
    }
}
