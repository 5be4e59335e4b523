using VdFs.Core.Storage;

namespace VdFs.FileSystem.Tree;

/// <summary>A found or created name: the node it leads to and for how long that and its attributes may be remembered.</summary>
public struct Entry
{
    /// <summary>Zero with no error: the name is not there and this may be remembered for <see cref="EntryValid"/>.</summary>
    public NodeId Node;
    public FileAttributes Attributes;

    /// <summary>Inode number to show; <see cref="FileAttributes.Key"/> is the backing file's.</summary>
    public ulong Inode;
    public TimeSpan EntryValid;
    public TimeSpan AttributesValid;
}

/// <summary>How a client opened a file.</summary>
[Flags]
public enum OpenIntent
{
    Read = 1,
    Write = 2,

    /// <summary>O_TRUNC: a recorded step of its own; never reaches the backing file's open.</summary>
    Truncate = 4,

    /// <summary>O_DIRECT: no kernel cache for this open.</summary>
    Direct = 8,

    /// <summary>O_EXCL, for create.</summary>
    Exclusive = 16,
}

/// <summary>An opened file or directory.</summary>
public struct OpenResult
{
    /// <summary>Opaque to the kernel; means the same to a later worker.</summary>
    public ulong Handle;

    /// <summary>Above 0: the kernel reads the file by itself, by this id; only what is opened with <see cref="Direct"/> as well comes to the tree.</summary>
    public int BackingId;

    /// <summary>Reads and writes bypass the kernel's cache; several writes may be under way at once.</summary>
    public bool Direct;

    /// <summary>What the kernel has cached of this file is still right.</summary>
    public bool KeepCache;

    /// <summary>The kernel may cache this directory's listing (views only).</summary>
    public bool CacheDirectory;
}

[Flags]
public enum AttributeFields
{
    None = 0,
    Mode = 1,
    Uid = 2,
    Gid = 4,
    Size = 8,
    AccessTime = 16,
    ModifyTime = 32,
    AccessTimeNow = 64,
    ModifyTimeNow = 128,

    /// <summary>Clear set-user-id and set-group-id as a write or truncation by a non-owner does.</summary>
    KillPrivileges = 256,
}

/// <summary>What a client wants changed; only the fields named in <see cref="Fields"/> count.</summary>
public struct AttributeChange
{
    public AttributeFields Fields;
    public uint Mode;
    public uint Uid;
    public uint Gid;
    public long Size;
    public TimeSpec AccessTime;
    public TimeSpec ModifyTime;

    /// <summary>Handle of the client's open file, if it changes attributes through one (ftruncate).</summary>
    public ulong? Handle;
}

/// <summary>Modes of renameat2(2).</summary>
[Flags]
public enum RenameMode
{
    Replace = 0,
    NoReplace = 1,
    Exchange = 2,

    /// <summary>Leave a whiteout behind (overlay filesystems).</summary>
    Whiteout = 4,
}

/// <summary>XATTR_CREATE and XATTR_REPLACE of setxattr(2).</summary>
public enum ExtendedAttributeMode
{
    CreateOrReplace = 0,
    Create = 1,
    Replace = 2,
}

/// <summary>What statfs(2) tells.</summary>
public struct FileSystemStatistics
{
    public ulong Blocks;
    public ulong FreeBlocks;
    public ulong AvailableBlocks;
    public ulong Files;
    public ulong FreeFiles;
    public uint BlockSize;
    public uint FragmentSize;
    public uint NameLength;
}

/// <summary>Takes directory entries until it is full. Implemented by the protocol, which lays them out in the answer.</summary>
public interface IDirectorySink
{
    /// <summary>Whether an entry with a name of this many bytes still fits. To be asked before a name is looked up (which counts).</summary>
    bool Fits(int nameLength);

    /// <param name="name">One component, as bytes.</param>
    /// <param name="inode">Inode number to show.</param>
    /// <param name="mode">File type bits (S_IFMT).</param>
    /// <param name="next">Where reading goes on after this entry; any value but 0.</param>
    void Add(ReadOnlySpan<byte> name, ulong inode, uint mode, ulong next);

    /// <summary>The same with the looked-up node, for a listing that asked for them. <paramref name="entry"/> with node 0: not looked up.</summary>
    void AddPlus(ReadOnlySpan<byte> name, ulong inode, uint mode, ulong next, in Entry entry);
}
