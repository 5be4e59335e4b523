using VdFs.Core.Errors;
using VdFs.FileSystem.Tree;
using VdFs.Fuse.Native;
using VdFs.Fuse.Protocol;

namespace VdFs.Fuse.Session;

internal sealed partial class Dispatcher
{
    private const uint RenameModes = (uint)(RenameMode.NoReplace | RenameMode.Exchange | RenameMode.Whiteout);

    private static NodeId Node(in RequestReader request) => new(request.Header.NodeId);

    private FsError Lookup(ref RequestReader request)
    {
        if (!request.TryReadName(out ReadOnlySpan<byte> name))
            return Malformed();
        FsError error = tree.Lookup(context, Node(request), name, out Entry entry);
        return error == FsError.None ? Found(entry) : error;
    }

    private void Forget(ref RequestReader request)
    {
        if (request.Header.Opcode == FuseOpcode.Forget)
        {
            if (request.TryRead(out FuseForgetIn one))
                tree.Forget(context, Node(request), one.Nlookup);
            else
                Malformed();
            return;
        }
        if (!request.TryRead(out FuseBatchForgetIn batch))
        {
            Malformed();
            return;
        }
        for (uint i = 0; i < batch.Count; i++)
        {
            if (!request.TryRead(out FuseForgetOne forget))
            {
                Malformed();
                return;
            }
            tree.Forget(context, new NodeId(forget.NodeId), forget.Nlookup);
        }
    }

    private FsError ReadLink(ref RequestReader request)
    {
        FsError error = tree.ReadLink(context, Node(request), reply.Data(4096), out int length);
        if (error == FsError.None)
            reply.SetLength(length);
        return error;
    }

    private FsError MakeSymlink(ref RequestReader request)
    {
        if (!request.TryReadName(out ReadOnlySpan<byte> name) || !request.TryReadString(out ReadOnlySpan<byte> target))
            return Malformed();
        FsError error = tree.MakeSymlink(context, Node(request), name, target, out Entry entry);
        return error == FsError.None ? Found(entry) : error;
    }

    private FsError MakeNode(ref RequestReader request)
    {
        if (!request.TryRead(out FuseMknodIn make) || !request.TryReadName(out ReadOnlySpan<byte> name))
            return Malformed();
        FsError error = tree.MakeNode(context, Node(request), name, make.Mode, make.Umask, make.Rdev, out Entry entry);
        return error == FsError.None ? Found(entry) : error;
    }

    private FsError MakeDirectory(ref RequestReader request)
    {
        if (!request.TryRead(out FuseMkdirIn make) || !request.TryReadName(out ReadOnlySpan<byte> name))
            return Malformed();
        FsError error = tree.MakeDirectory(context, Node(request), name, make.Mode, make.Umask, out Entry entry);
        return error == FsError.None ? Found(entry) : error;
    }

    private FsError Link(ref RequestReader request)
    {
        if (!request.TryRead(out FuseLinkIn link) || !request.TryReadName(out ReadOnlySpan<byte> name))
            return Malformed();
        FsError error = tree.Link(context, new NodeId(link.OldNodeId), Node(request), name, out Entry entry);
        return error == FsError.None ? Found(entry) : error;
    }

    private FsError Unlink(ref RequestReader request) =>
        request.TryReadName(out ReadOnlySpan<byte> name) ? tree.Unlink(context, Node(request), name) : Malformed();

    private FsError RemoveDirectory(ref RequestReader request) =>
        request.TryReadName(out ReadOnlySpan<byte> name) ? tree.RemoveDirectory(context, Node(request), name) : Malformed();

    private FsError Rename(ref RequestReader request)
    {
        uint modes = 0;
        ulong newParent;
        if (request.Header.Opcode == FuseOpcode.Rename2)
        {
            if (!request.TryRead(out FuseRename2In rename))
                return Malformed();
            newParent = rename.Newdir;
            modes = rename.Flags;
        }
        else
        {
            if (!request.TryRead(out FuseRenameIn rename))
                return Malformed();
            newParent = rename.Newdir;
        }
        if (!request.TryReadName(out ReadOnlySpan<byte> name) || !request.TryReadName(out ReadOnlySpan<byte> newName))
            return Malformed();
        if ((modes & ~RenameModes) != 0)
            return FsError.InvalidArgument;
        return tree.Rename(context, Node(request), name, new NodeId(newParent), newName, (RenameMode)modes);
    }

    private FsError Found(in Entry entry)
    {
        granted.LookedUp = entry.Node;
        reply.Append(Layout.EntryOut(entry));
        return FsError.None;
    }
}
