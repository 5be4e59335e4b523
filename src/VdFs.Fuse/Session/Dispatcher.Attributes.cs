using VdFs.Core.Errors;
using VdFs.Core.Storage;
using VdFs.FileSystem.Tree;
using VdFs.Fuse.Native;
using VdFs.Fuse.Protocol;

namespace VdFs.Fuse.Session;

internal sealed partial class Dispatcher
{
    private FsError GetAttributes(ref RequestReader request)
    {
        if (!request.TryRead(out FuseGetattrIn get))
            return Malformed();
        ulong? handle = (get.GetattrFlags & FuseGetattrFlags.Fh) != 0 ? get.Fh : null;
        FsError error = tree.GetAttributes(context, Node(request), handle, out FileAttributes attributes, out ulong inode, out TimeSpan valid);
        if (error == FsError.None)
            reply.Append(Layout.AttributesOut(attributes, inode, valid));
        return error;
    }

    /// <summary>STATX: what GETATTR gives, and the birth time.</summary>
    private FsError GetExtendedStatus(ref RequestReader request)
    {
        if (!request.TryRead(out FuseStatxIn get))
            return Malformed();
        ulong? handle = (get.GetattrFlags & FuseGetattrFlags.Fh) != 0 ? get.Fh : null;
        FsError error = tree.GetAttributes(context, Node(request), handle, out FileAttributes attributes, out ulong inode, out TimeSpan valid);
        if (error == FsError.None)
            reply.Append(Layout.StatxOut(attributes, inode, valid));
        return error;
    }

    private FsError SetAttributes(ref RequestReader request)
    {
        if (!request.TryRead(out FuseSetattrIn set))
            return Malformed();
        var valid = (FuseSetattrValid)set.Valid;
        if ((valid & FuseSetattrValid.Size) != 0 && set.Size > long.MaxValue)
            return Malformed();
        var change = new AttributeChange
        {
            Fields = Fields(valid),
            Mode = set.Mode,
            Uid = set.Uid,
            Gid = set.Gid,
            Size = (long)set.Size,
            AccessTime = new TimeSpec(set.Atime, set.Atimensec),
            ModifyTime = new TimeSpec(set.Mtime, set.Mtimensec),
            Handle = (valid & FuseSetattrValid.Fh) != 0 ? set.Fh : null,
        };
        FsError error = tree.SetAttributes(context, Node(request), change, out FileAttributes attributes, out ulong inode, out TimeSpan remembered);
        if (error == FsError.None)
            reply.Append(Layout.AttributesOut(attributes, inode, remembered));
        return error;
    }

    /// <summary>The kernel sets ATIME beside ATIME_NOW; the tree gets one of the two. CTIME comes only with the write-back cache, which is off.</summary>
    private static AttributeFields Fields(FuseSetattrValid valid)
    {
        AttributeFields fields = AttributeFields.None;
        if ((valid & FuseSetattrValid.Mode) != 0)
            fields |= AttributeFields.Mode;
        if ((valid & FuseSetattrValid.Uid) != 0)
            fields |= AttributeFields.Uid;
        if ((valid & FuseSetattrValid.Gid) != 0)
            fields |= AttributeFields.Gid;
        if ((valid & FuseSetattrValid.Size) != 0)
            fields |= AttributeFields.Size;
        if ((valid & FuseSetattrValid.AtimeNow) != 0)
            fields |= AttributeFields.AccessTimeNow;
        else if ((valid & FuseSetattrValid.Atime) != 0)
            fields |= AttributeFields.AccessTime;
        if ((valid & FuseSetattrValid.MtimeNow) != 0)
            fields |= AttributeFields.ModifyTimeNow;
        else if ((valid & FuseSetattrValid.Mtime) != 0)
            fields |= AttributeFields.ModifyTime;
        if ((valid & FuseSetattrValid.KillSuidgid) != 0)
            fields |= AttributeFields.KillPrivileges;
        return fields;
    }

    private FsError Statistics(ref RequestReader request)
    {
        FsError error = tree.Statistics(context, Node(request), out FileSystemStatistics statistics);
        if (error == FsError.None)
            reply.Append(Layout.StatfsOut(statistics));
        return error;
    }
}
