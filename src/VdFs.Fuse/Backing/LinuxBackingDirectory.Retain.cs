using System.Buffers.Text;
using System.Globalization;
using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Storage;
using VdFs.FileSystem.Backing;
using VdFs.Fuse.Native;

namespace VdFs.Fuse.Backing;

/// <content>Hidden links that keep the content of deleted images: `.vdfs/retained/` and the id in 16 hexadecimal digits.</content>
public sealed unsafe partial class LinuxBackingDirectory
{
    private const int IdDigits = 16;

    private static ReadOnlySpan<byte> RetainedPath => ".vdfs/retained"u8;

    public FsError Retain(BackingRef parent, ReadOnlySpan<byte> name, FileKey expected, ImageId id)
    {
        byte* from = stackalloc byte[FileName.BufferSize];
        byte* link = stackalloc byte[IdDigits + 1];
        int folder = -1;
        FsError error = FileName.CopyComponent(name, from);
        if (error == FsError.None)
            error = MakeRetainedFolder(out folder);
        if (error != FsError.None)
            return error;
        CopyId(id, link);
        error = Libc.Check(Libc.linkat((int)parent.Value, from, folder, link, 0));
        if (error is FsError.None or FsError.AlreadyExists)
            error = CheckLink(folder, link, expected, made: error == FsError.None);
        else if (error == FsError.NotFound)
            error = FsError.Stale;
        _ = Libc.close(folder);
        return error;
    }

    public FsError DropRetained(ImageId id)
    {
        FsError error = OpenBeneath(root, RetainedPath, Libc.O_PATH | Libc.O_DIRECTORY, 0, out int folder);
        if (error != FsError.None)
            return error == FsError.NotFound ? FsError.None : error;
        byte* link = stackalloc byte[IdDigits + 1];
        CopyId(id, link);
        error = Libc.Check(Libc.unlinkat(folder, link, 0));
        _ = Libc.close(folder);
        return error == FsError.NotFound ? FsError.None : error;
    }

    public FsError ListRetained(ICollection<ImageId> ids)
    {
        FsError error = OpenBeneath(root, RetainedPath, Libc.O_RDONLY | Libc.O_DIRECTORY, 0, out int folder);
        if (error != FsError.None)
            return error == FsError.NotFound ? FsError.None : error;
        using DirectoryReader reader = new();
        while ((error = reader.Peek(folder, out DirectoryEntry entry, out bool found)) == FsError.None && found)
        {
            if (entry.Name.Length == IdDigits && ulong.TryParse(entry.Name, NumberStyles.AllowHexSpecifier, null, out ulong value))
                ids.Add(new ImageId(value));
            reader.Advance(entry);
        }
        _ = Libc.close(folder);
        return error;
    }

    private FsError OpenRetained(ImageId id, ImageIdentity identity, out int descriptor)
    {
        descriptor = -1;
        FsError error = OpenBeneath(root, RetainedPath, Libc.O_PATH | Libc.O_DIRECTORY, 0, out int folder);
        if (error != FsError.None)
            return error.IsWant() ? error : FsError.Stale;
        byte* link = stackalloc byte[IdDigits + 1];
        CopyId(id, link);
        error = OpenIfSame(folder, new ReadOnlySpan<byte>(link, IdDigits), identity, out descriptor);
        _ = Libc.close(folder);
        return error;
    }

    /// <summary>Another file may have come under the name: then the link just made is taken back.</summary>
    private static FsError CheckLink(int folder, byte* link, FileKey expected, bool made)
    {
        StatxBuffer stat;
        FsError error = Libc.Check(Libc.statx(folder, link, Libc.AT_SYMLINK_NOFOLLOW, Libc.STATX_ALL, &stat));
        bool same = error == FsError.None && stat.Key == expected && (stat.Mode & FileAttributes.TypeMask) == FileAttributes.TypeRegular;
        if (same)
            return FsError.None;
        if (made)
            _ = Libc.unlinkat(folder, link, 0);
        return error == FsError.None ? FsError.Stale : error;
    }

    private FsError MakeRetainedFolder(out int folder)
    {
        folder = -1;
        FsError error = MakeHidden();
        if (error != FsError.None)
            return error;
        error = OpenBeneath(root, RetainedPath, Libc.O_PATH | Libc.O_DIRECTORY, 0, out folder);
        if (error != FsError.NotFound)
            return error;
        error = OpenBeneath(root, HiddenName, Libc.O_PATH | Libc.O_DIRECTORY, 0, out int above);
        if (error != FsError.None)
            return error;
        fixed (byte* name = "retained\0"u8)
            error = Libc.Check(Libc.mkdirat(above, name, HiddenMode));
        _ = Libc.close(above);
        return error is FsError.None or FsError.AlreadyExists
            ? OpenBeneath(root, RetainedPath, Libc.O_PATH | Libc.O_DIRECTORY, 0, out folder)
            : error;
    }

    private static void CopyId(ImageId id, byte* link)
    {
        _ = Utf8Formatter.TryFormat(id.Value, new Span<byte>(link, IdDigits), out _, new('x', IdDigits));
        link[IdDigits] = 0;
    }
}
