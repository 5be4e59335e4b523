using VdFs.Core.Errors;
using VdFs.FileSystem.Backing;
using VdFs.Fuse.Native;

namespace VdFs.Fuse.Backing;

/// <summary>An open directory. Cookies are the filesystem's own (d_off), so that they mean the same to every opening of the directory.</summary>
internal sealed class LinuxFolder : IBackingFolder
{
    private readonly Descriptor descriptor;

    /// <summary>Not null in the root: what has to be left out.</summary>
    private readonly LinuxBackingDirectory? hides;

    /// <summary>Guards the reader and the descriptor's position. A visitor is called while it is held.</summary>
    private readonly Lock readLock = new();

    private readonly DirectoryReader reader = new();
    private bool disposed;

    /// <summary>Cookie of the reader's place.</summary>
    private ulong position;

    /// <param name="descriptor">Readable; now the folder's.</param>
    /// <param name="hides">Given for the root only.</param>
    public LinuxFolder(int descriptor, LinuxBackingDirectory? hides)
    {
        this.descriptor = new Descriptor(descriptor);
        this.hides = hides;
    }

    public FsError Read(ulong offset, IFolderVisitor visitor)
    {
        lock (readLock)
        {
            if (disposed || !descriptor.TryEnter(out int directory))
                return FsError.BadHandle;
            try
            {
                FsError error = Seek(directory, offset);
                return error == FsError.None ? Visit(directory, visitor) : error;
            }
            finally
            {
                descriptor.Exit();
            }
        }
    }

    public FsError Sync(bool dataOnly)
    {
        if (!descriptor.TryEnter(out int directory))
            return FsError.BadHandle;
        FsError error = Libc.Check(dataOnly ? Libc.fdatasync(directory) : Libc.fsync(directory));
        descriptor.Exit();
        return error;
    }

    public void Dispose()
    {
        lock (readLock)
        {
            if (disposed)
                return;
            disposed = true;
            reader.Dispose();
        }
        descriptor.Dispose();
    }

    /// <summary>From the beginning always anew: what was read ahead may be old. Elsewhere only if somebody jumped.</summary>
    private FsError Seek(int directory, ulong offset)
    {
        if (offset != 0 && offset == position)
            return FsError.None;
        if (Libc.lseek(directory, (long)offset, Libc.SEEK_SET) < 0)
            return Libc.LastError;
        reader.Clear();
        position = offset;
        return FsError.None;
    }

    private FsError Visit(int directory, IFolderVisitor visitor)
    {
        while (true)
        {
            FsError error = reader.Peek(directory, out DirectoryEntry entry, out bool found);
            if (error != FsError.None || !found)
                return error;
            bool hidden = hides is not null && hides.IsHiddenEntry(entry);
            if (!hidden && !visitor.Visit(entry.Name, entry.Inode, entry.Mode, entry.Next))
                return FsError.None;
            position = entry.Next;
            reader.Advance(entry);
        }
    }
}
