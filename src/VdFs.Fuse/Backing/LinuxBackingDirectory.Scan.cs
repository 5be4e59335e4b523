using VdFs.Core.Errors;
using VdFs.Core.Storage;
using VdFs.Fuse.Native;

namespace VdFs.Fuse.Backing;

/// <content>Looking at the tree by path, as a cut does.</content>
public sealed unsafe partial class LinuxBackingDirectory
{
    /// <inheritdoc/>
    /// <remarks>Mount points are left out: what lies below can't be shown, and what they cover can't be seen. So is what vanishes meanwhile.</remarks>
    public FsError ReadFolder(ReadOnlySpan<byte> path, ICollection<TreeEntry> entries)
    {
        FsError error = OpenPath(path, Libc.O_RDONLY | Libc.O_DIRECTORY, out int folder);
        if (error != FsError.None)
            return error;
        KeepAccessTime(folder);
        bool atRoot = path.IsEmpty;
        byte* name = stackalloc byte[FileName.BufferSize];
        using DirectoryReader reader = new();
        while ((error = reader.Peek(folder, out DirectoryEntry found, out bool any)) == FsError.None && any)
        {
            if (!found.IsDots && !(atRoot && IsHiddenEntry(found)))
            {
                FileName.Copy(found.Name, name);
                error = EntryReader.Read(folder, name, found.Name, out TreeEntry? entry);
                if (error == FsError.None)
                    entries.Add(entry!);
                else if (error is not (FsError.NotFound or FsError.CrossDevice))
                    break;
            }
            reader.Advance(found);
        }
        _ = Libc.close(folder);
        return error;
    }

    public FsError Stat(ReadOnlySpan<byte> path, out TreeEntry? entry)
    {
        entry = null;
        FsError error = OpenPath(path, Libc.O_PATH, out int descriptor);
        if (error != FsError.None)
            return error;
        byte empty = 0;
        error = EntryReader.Read(descriptor, &empty, path[(path.LastIndexOf((byte)'/') + 1)..], out entry);
        _ = Libc.close(descriptor);
        return error;
    }

    /// <summary>Opens what a path of the tree leads to; empty: the root.</summary>
    private FsError OpenPath(ReadOnlySpan<byte> path, int flags, out int descriptor)
    {
        descriptor = -1;
        if (!path.IsEmpty && !FileName.IsPath(path))
            return FsError.InvalidArgument;
        int slash = path.IndexOf((byte)'/');
        if ((slash < 0 ? path : path[..slash]).SequenceEqual(HiddenName))
            return FsError.NotFound;
        FsError error = OpenBeneath(root, path, flags, 0, out descriptor);
        if (error != FsError.None || hidden is null || slash >= 0 || path.IsEmpty)
            return error;
        error = Stat(descriptor, out StatxBuffer stat);
        if (error == FsError.None && !IsHidden(stat.Key))
            return FsError.None;
        _ = Libc.close(descriptor);
        descriptor = -1;
        return error == FsError.None ? FsError.NotFound : error;
    }
}
