using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Storage;
using VdFs.Fuse.Native;

namespace VdFs.Fuse.Backing;

/// <content>The last resort for finding a file: looking at every name below the root.</content>
public sealed unsafe partial class LinuxBackingDirectory
{
    private const uint UnknownType = 0;

    /// <summary>By inode number as listings give it, then checked. Folders that can't be read are left out: what is in them isn't found.</summary>
    private FsError Search(ImageIdentity identity, out int descriptor)
    {
        descriptor = -1;
        Stack<byte[]> folders = new();
        folders.Push([]);
        using DirectoryReader reader = new();
        while (folders.TryPop(out byte[]? path))
        {
            FsError error = OpenBeneath(root, path, Libc.O_RDONLY | Libc.O_DIRECTORY, 0, out int folder);
            // Not looked into for want of a descriptor isn't looked into in vain.
            if (error.IsWant())
                return error;
            if (error != FsError.None)
                continue;
            KeepAccessTime(folder);
            reader.Clear();
            error = SearchFolder(folder, path, reader, identity, folders, out descriptor);
            _ = Libc.close(folder);
            if (error != FsError.Stale)
                return error;
        }
        return FsError.Stale;
    }

    private FsError SearchFolder(int folder, byte[] path, DirectoryReader reader, ImageIdentity identity, Stack<byte[]> folders, out int descriptor)
    {
        descriptor = -1;
        while (reader.Peek(folder, out DirectoryEntry entry, out bool found) == FsError.None && found)
        {
            bool leftOut = entry.IsDots || (path.Length == 0 && IsHiddenEntry(entry));
            if (!leftOut && entry.Mode is FileAttributes.TypeDirectory or UnknownType)
                folders.Push(path.Length == 0 ? entry.Name.ToArray() : [.. path, (byte)'/', .. entry.Name]);
            if (!leftOut && entry.Inode == identity.Inode && entry.Mode is FileAttributes.TypeRegular or UnknownType)
            {
                FsError error = OpenIfSame(folder, entry.Name, identity, out descriptor);
                if (error != FsError.Stale)
                    return error;
            }
            reader.Advance(entry);
        }
        return FsError.Stale;
    }
}
