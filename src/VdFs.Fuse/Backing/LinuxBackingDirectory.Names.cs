using VdFs.Core.Errors;
using VdFs.FileSystem.Backing;
using VdFs.FileSystem.Tree;
using VdFs.Fuse.Native;

namespace VdFs.Fuse.Backing;

/// <content>Making and removing names, as the caller.</content>
public sealed unsafe partial class LinuxBackingDirectory
{
    public FsError MakeNode(Caller caller, BackingRef parent, ReadOnlySpan<byte> name, uint mode, uint umask, uint rawDevice)
    {
        byte* terminated = stackalloc byte[FileName.BufferSize];
        FsError error = CopyName(parent, name, terminated);
        if (error != FsError.None)
            return error;
        using CallerScope scope = CallerScope.Enter(caller, umask, out error);
        return error == FsError.None ? Libc.Check(Libc.mknodat((int)parent.Value, terminated, mode, rawDevice)) : error;
    }

    public FsError MakeDirectory(Caller caller, BackingRef parent, ReadOnlySpan<byte> name, uint mode, uint umask)
    {
        byte* terminated = stackalloc byte[FileName.BufferSize];
        FsError error = CopyName(parent, name, terminated);
        if (error != FsError.None)
            return error;
        using CallerScope scope = CallerScope.Enter(caller, umask, out error);
        return error == FsError.None ? Libc.Check(Libc.mkdirat((int)parent.Value, terminated, mode)) : error;
    }

    public FsError MakeSymlink(Caller caller, BackingRef parent, ReadOnlySpan<byte> name, ReadOnlySpan<byte> target)
    {
        byte* terminated = stackalloc byte[FileName.BufferSize];
        byte* text = stackalloc byte[FileName.PathBufferSize];
        FsError error = CopyName(parent, name, terminated);
        if (error == FsError.None)
            error = FileName.CopyText(target, text, FileName.PathBufferSize, FsError.NameTooLong);
        if (error != FsError.None)
            return error;
        using CallerScope scope = CallerScope.Enter(caller, out error);
        return error == FsError.None ? Libc.Check(Libc.symlinkat(text, (int)parent.Value, terminated)) : error;
    }

    public FsError Link(Caller caller, BackingRef node, BackingRef newParent, ReadOnlySpan<byte> newName)
    {
        byte* terminated = stackalloc byte[FileName.BufferSize];
        byte* number = stackalloc byte[ProcPath.BufferSize];
        FsError error = CopyName(newParent, newName, terminated);
        if (error != FsError.None)
            return error;
        // AT_EMPTY_PATH would need CAP_DAC_READ_SEARCH, which the caller lacks.
        ProcPath.Number((int)node.Value, number);
        using CallerScope scope = CallerScope.Enter(caller, out error);
        return error == FsError.None
            ? Libc.Check(Libc.linkat(descriptors, number, (int)newParent.Value, terminated, Libc.AT_SYMLINK_FOLLOW))
            : error;
    }

    public FsError Unlink(Caller caller, BackingRef parent, ReadOnlySpan<byte> name) => Remove(caller, parent, name, 0);

    public FsError RemoveDirectory(Caller caller, BackingRef parent, ReadOnlySpan<byte> name) =>
        Remove(caller, parent, name, Libc.AT_REMOVEDIR);

    public FsError Rename(Caller caller, BackingRef parent, ReadOnlySpan<byte> name, BackingRef newParent, ReadOnlySpan<byte> newName, RenameMode mode)
    {
        byte* from = stackalloc byte[FileName.BufferSize];
        byte* to = stackalloc byte[FileName.BufferSize];
        FsError error = CopyName(parent, name, from);
        if (error == FsError.None)
            error = CopyName(newParent, newName, to);
        if (error != FsError.None)
            return error;
        if (IsHiddenFolder(parent, from) || IsHiddenFolder(newParent, to))
            return FsError.NotPermitted;
        using CallerScope scope = CallerScope.Enter(caller, out error);
        // RenameMode has the kernel's values.
        return error == FsError.None
            ? Libc.Check(Libc.renameat2((int)parent.Value, from, (int)newParent.Value, to, (uint)mode))
            : error;
    }

    private FsError Remove(Caller caller, BackingRef parent, ReadOnlySpan<byte> name, int flags)
    {
        byte* terminated = stackalloc byte[FileName.BufferSize];
        FsError error = CopyName(parent, name, terminated);
        if (error != FsError.None)
            return error;
        if (IsHiddenFolder(parent, terminated))
            return FsError.NotPermitted;
        using CallerScope scope = CallerScope.Enter(caller, out error);
        return error == FsError.None ? Libc.Check(Libc.unlinkat((int)parent.Value, terminated, flags)) : error;
    }

    /// <summary>Checks and copies a name that is to be made or removed.</summary>
    private FsError CopyName(BackingRef parent, ReadOnlySpan<byte> name, byte* terminated)
    {
        FsError error = FileName.CopyComponent(name, terminated);
        return error == FsError.None && IsHiddenName(parent, name) ? FsError.NotPermitted : error;
    }
}
