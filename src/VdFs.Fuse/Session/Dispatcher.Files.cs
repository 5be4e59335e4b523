using VdFs.Core.Errors;
using VdFs.Core.Storage;
using VdFs.FileSystem.Tree;
using VdFs.Fuse.Native;
using VdFs.Fuse.Protocol;

namespace VdFs.Fuse.Session;

internal sealed partial class Dispatcher
{
    private const uint SeekData = 3;
    private const uint SeekHole = 4;
    private const uint AllocateModes = (uint)(AllocateMode.KeepSize | AllocateMode.PunchHole | AllocateMode.ZeroRange);

    /// <summary>COPY_FILE_RANGE answers 32 bits; a page less than 2 GiB is also what copy_file_range(2) does at most in one call.</summary>
    private const ulong CopyMax = 0x7FFFF000;

    private FsError Read(ref RequestReader request)
    {
        if (!request.TryRead(out FuseReadIn read) || read.Offset > long.MaxValue)
            return Malformed();
        FsError error = tree.Read(context, Node(request), read.Fh, (long)read.Offset, reply.Data(read.Size), out int length);
        if (error == FsError.None)
            reply.SetLength(length);
        return error;
    }

    private FsError Write(ref RequestReader request)
    {
        if (!request.TryRead(out FuseWriteIn write) || write.Offset > long.MaxValue || !request.TryReadBytes(write.Size, out ReadOnlySpan<byte> data))
            return Malformed();
        bool killPrivileges = (write.WriteFlags & FuseRequestFlags.WriteKillSuidgid) != 0;
        FsError error = tree.Write(
            context, Node(request), write.Fh, (long)write.Offset, data, OpenFlags.Durability(write.Flags), killPrivileges, out int written);
        if (error == FsError.None)
            reply.Append(new FuseWriteOut { Size = (uint)written });
        return error;
    }

    private FsError Open(ref RequestReader request)
    {
        if (!request.TryRead(out FuseOpenIn open))
            return Malformed();
        NodeId node = Node(request);
        if ((open.OpenFlags & FuseRequestFlags.OpenKillSuidgid) != 0 && KillPrivileges(node) is FsError failed and not FsError.None)
            return failed;
        FsError error = tree.Open(context, node, OpenFlags.Intent(open.Flags), out OpenResult opened);
        if (error == FsError.None)
            Opened(node, opened);
        return error;
    }

    private FsError Create(ref RequestReader request)
    {
        if (!request.TryRead(out FuseCreateIn create) || !request.TryReadName(out ReadOnlySpan<byte> name))
            return Malformed();
        FsError error = tree.Create(
            context, Node(request), name, create.Mode, create.Umask, OpenFlags.Intent(create.Flags), out Entry entry, out OpenResult opened);
        if (error == FsError.None)
            Created(entry, opened, create.OpenFlags);
        return error;
    }

    private FsError CreateUnnamed(ref RequestReader request)
    {
        // The name that follows means nothing (the kernel sends "/").
        if (!request.TryRead(out FuseCreateIn create))
            return Malformed();
        FsError error = tree.CreateUnnamed(
            context, Node(request), create.Mode, create.Umask, OpenFlags.Intent(create.Flags), out Entry entry, out OpenResult opened);
        if (error == FsError.None)
            Created(entry, opened, openFlags: 0);
        return error;
    }

    private FsError Flush(ref RequestReader request) =>
        request.TryRead(out FuseFlushIn flush) ? tree.Flush(context, Node(request), flush.Fh) : Malformed();

    private FsError Release(ref RequestReader request)
    {
        if (!request.TryRead(out FuseReleaseIn release))
            return Malformed();
        tree.Release(context, Node(request), release.Fh);
        return FsError.None;
    }

    private FsError Sync(ref RequestReader request) =>
        request.TryRead(out FuseFsyncIn sync)
            ? tree.Sync(context, Node(request), sync.Fh, (sync.FsyncFlags & FuseRequestFlags.FsyncDataOnly) != 0)
            : Malformed();

    private FsError Allocate(ref RequestReader request)
    {
        if (!request.TryRead(out FuseFallocateIn allocate) || !IsRange(allocate.Offset, allocate.Length))
            return Malformed();
        // Not ENOSYS: that would turn the operation off for the whole connection.
        if ((allocate.Mode & ~AllocateModes) != 0)
            return FsError.NotSupported;
        return tree.Allocate(
            context, Node(request), allocate.Fh, (AllocateMode)allocate.Mode, (long)allocate.Offset, (long)allocate.Length);
    }

    private FsError Seek(ref RequestReader request)
    {
        if (!request.TryRead(out FuseLseekIn seek))
            return Malformed();
        if (seek.Whence is not (SeekData or SeekHole))
            return FsError.InvalidArgument;
        if (seek.Offset > long.MaxValue)
            return FsError.NoSuchAddress;
        FsError error = tree.Seek(context, Node(request), seek.Fh, (long)seek.Offset, seek.Whence == SeekHole, out long result);
        if (error == FsError.None)
            reply.Append(new FuseLseekOut { Offset = (ulong)result });
        return error;
    }

    private FsError CopyRange(ref RequestReader request)
    {
        if (!request.TryRead(out FuseCopyFileRangeIn copy) || copy.OffIn > long.MaxValue || copy.OffOut > long.MaxValue)
            return Malformed();
        if (copy.Flags != 0)
            return FsError.InvalidArgument;
        bool wide = request.Header.Opcode == FuseOpcode.CopyFileRange64;
        long length = (long)Math.Min(copy.Len, CopyMax);
        FsError error = tree.CopyRange(
            context, Node(request), copy.FhIn, (long)copy.OffIn, new NodeId(copy.NodeIdOut), copy.FhOut, (long)copy.OffOut, length, out long copied);
        if (error != FsError.None)
            return error;
        if (wide)
            reply.Append(new FuseCopyFileRangeOut { BytesCopied = (ulong)copied });
        else
            reply.Append(new FuseWriteOut { Size = (uint)copied });
        return FsError.None;
    }

    /// <summary>O_TRUNC by someone who may not keep set-user-id: the kernel leaves clearing it to us (HANDLE_KILLPRIV_V2).</summary>
    private FsError KillPrivileges(NodeId node)
    {
        var change = new AttributeChange { Fields = AttributeFields.KillPrivileges };
        return tree.SetAttributes(context, node, change, out _, out _, out _);
    }

    private void Created(in Entry entry, in OpenResult opened, uint openFlags)
    {
        if ((openFlags & FuseRequestFlags.OpenKillSuidgid) != 0)
        {
            // The file is there and open already: a failure here is no failure of the creation.
            _ = KillPrivileges(entry.Node);
        }
        _ = Found(entry);
        Opened(entry.Node, opened);
    }

    private void Opened(NodeId node, in OpenResult opened)
    {
        reply.Append(Layout.OpenOut(opened, directory: false));
        granted.OpenNode = node;
        granted.File = opened.Handle;
    }

    private static bool IsRange(ulong offset, ulong length) => offset <= long.MaxValue && length <= long.MaxValue - offset;
}
