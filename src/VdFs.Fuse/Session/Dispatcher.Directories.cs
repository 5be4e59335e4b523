using VdFs.Core.Errors;
using VdFs.FileSystem.Tree;
using VdFs.Fuse.Native;
using VdFs.Fuse.Protocol;

namespace VdFs.Fuse.Session;

internal sealed partial class Dispatcher
{
    private FsError OpenDirectory(ref RequestReader request)
    {
        if (!request.TryRead(out FuseOpenIn _))
            return Malformed();
        NodeId node = Node(request);
        FsError error = tree.OpenDirectory(context, node, out OpenResult opened);
        if (error != FsError.None)
            return error;
        reply.Append(Layout.OpenOut(opened, directory: true));
        granted.OpenNode = node;
        granted.Directory = opened.Handle;
        return FsError.None;
    }

    private FsError ReadDirectory(ref RequestReader request, bool plus)
    {
        if (!request.TryRead(out FuseReadIn read))
            return Malformed();
        listing.Begin(reply.Data(read.Size), plus);
        FsError error = tree.ReadDirectory(context, Node(request), read.Fh, read.Offset, plus, listing);
        if (error == FsError.None)
            reply.SetLength(listing.Length);
        return error;
    }

    private FsError ReleaseDirectory(ref RequestReader request)
    {
        if (!request.TryRead(out FuseReleaseIn release))
            return Malformed();
        tree.ReleaseDirectory(context, Node(request), release.Fh);
        return FsError.None;
    }

    private FsError SyncDirectory(ref RequestReader request) =>
        request.TryRead(out FuseFsyncIn sync)
            ? tree.SyncDirectory(context, Node(request), sync.Fh, (sync.FsyncFlags & FuseRequestFlags.FsyncDataOnly) != 0)
            : Malformed();

    /// <summary>The 8 bytes that come with SYNCFS mean nothing.</summary>
    private FsError SyncAll(ref RequestReader request) =>
        request.TryRead(out ulong _) ? tree.SyncAll(context) : Malformed();
}
