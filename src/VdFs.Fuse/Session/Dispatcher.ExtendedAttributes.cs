using VdFs.Core.Errors;
using VdFs.FileSystem.Tree;
using VdFs.Fuse.Native;
using VdFs.Fuse.Protocol;

namespace VdFs.Fuse.Session;

internal sealed partial class Dispatcher
{
    /// <summary>XATTR_SIZE_MAX and XATTR_LIST_MAX of linux/limits.h.</summary>
    private const uint ExtendedAttributeMax = 64 << 10;

    private FsError GetExtendedAttribute(ref RequestReader request)
    {
        if (!request.TryRead(out FuseGetxattrIn get) || !request.TryReadString(out ReadOnlySpan<byte> name) || name.IsEmpty)
            return Malformed();
        FsError error = tree.GetExtendedAttribute(context, Node(request), name, ValueRoom(get.Size), out int length);
        // With POSIX_ACL negotiated the kernel asks for these before every permission check, and takes "not supported" for its result.
        if (error == FsError.NotSupported && (name.SequenceEqual("system.posix_acl_access"u8) || name.SequenceEqual("system.posix_acl_default"u8)))
            return FsError.NoData;
        return error == FsError.None ? Value(get.Size, length) : error;
    }

    private FsError ListExtendedAttributes(ref RequestReader request)
    {
        if (!request.TryRead(out FuseGetxattrIn list))
            return Malformed();
        FsError error = tree.ListExtendedAttributes(context, Node(request), ValueRoom(list.Size), out int length);
        return error == FsError.None ? Value(list.Size, length) : error;
    }

    private FsError SetExtendedAttribute(ref RequestReader request)
    {
        FuseSetxattrIn set;
        if (connection.Protocol.Has(FuseInitFlags.SetxattrExt))
        {
            if (!request.TryRead(out set))
                return Malformed();
        }
        else
        {
            if (!request.TryRead(out FuseSetxattrInShort brief))
                return Malformed();
            set = new FuseSetxattrIn { Size = brief.Size, Flags = brief.Flags };
        }
        if (!request.TryReadString(out ReadOnlySpan<byte> name) || name.IsEmpty || !request.TryReadBytes(set.Size, out ReadOnlySpan<byte> value))
            return Malformed();
        if (set.Flags > (uint)ExtendedAttributeMode.Replace)
            return FsError.InvalidArgument;
        bool killSetGroupId = (set.SetxattrFlags & FuseRequestFlags.SetxattrAclKillSgid) != 0;
        return tree.SetExtendedAttribute(context, Node(request), name, value, (ExtendedAttributeMode)set.Flags, killSetGroupId);
    }

    private FsError RemoveExtendedAttribute(ref RequestReader request) =>
        request.TryReadString(out ReadOnlySpan<byte> name) && !name.IsEmpty
            ? tree.RemoveExtendedAttribute(context, Node(request), name)
            : Malformed();

    private Span<byte> ValueRoom(uint asked) => reply.Data(Math.Min(asked, ExtendedAttributeMax));

    /// <summary>Asked for 0 bytes, the answer is the length alone.</summary>
    private FsError Value(uint asked, int length)
    {
        if (asked == 0)
            reply.Append(new FuseGetxattrOut { Size = (uint)length });
        else
            reply.SetLength(length);
        return FsError.None;
    }
}
