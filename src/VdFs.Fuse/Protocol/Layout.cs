using VdFs.Core.Storage;
using VdFs.FileSystem.Tree;
using VdFs.Fuse.Native;

namespace VdFs.Fuse.Protocol;

/// <summary>The tree's types as the kernel's structs.</summary>
internal static class Layout
{
    /// <summary>STATX_BASIC_STATS and STATX_BTIME.</summary>
    private const uint StatxBasic = 0x7FF;
    private const uint StatxBirth = 0x800;

    public static FuseAttr Attributes(in FileAttributes attributes, ulong inode) => new()
    {
        Ino = inode,
        Size = (ulong)attributes.Size,
        Blocks = (ulong)attributes.Blocks,
        Atime = attributes.AccessTime.Seconds,
        Mtime = attributes.ModifyTime.Seconds,
        Ctime = attributes.ChangeTime.Seconds,
        Atimensec = attributes.AccessTime.Nanoseconds,
        Mtimensec = attributes.ModifyTime.Nanoseconds,
        Ctimensec = attributes.ChangeTime.Nanoseconds,
        Mode = attributes.Mode,
        Nlink = attributes.Links,
        Uid = attributes.Uid,
        Gid = attributes.Gid,
        Rdev = attributes.RawDevice,
        Blksize = attributes.BlockSize,
    };

    public static FuseAttrOut AttributesOut(in FileAttributes attributes, ulong inode, TimeSpan valid) => new()
    {
        AttrValid = Seconds(valid),
        AttrValidNsec = Nanoseconds(valid),
        Attr = Attributes(attributes, inode),
    };

    /// <summary>A found name; one with node 0 tells the kernel that the name is not there, and for how long.</summary>
    public static FuseEntryOut EntryOut(in Entry entry)
    {
        var result = new FuseEntryOut
        {
            NodeId = entry.Node.Value,
            EntryValid = Seconds(entry.EntryValid),
            EntryValidNsec = Nanoseconds(entry.EntryValid),
        };
        if (entry.Node.Value == 0)
            return result;
        result.AttrValid = Seconds(entry.AttributesValid);
        result.AttrValidNsec = Nanoseconds(entry.AttributesValid);
        result.Attr = Attributes(entry.Attributes, entry.Inode);
        return result;
    }

    public static FuseOpenOut OpenOut(in OpenResult opened, bool directory)
    {
        FuseOpenedFlags flags = FuseOpenedFlags.None;
        if (opened.Direct && !directory)
            flags |= FuseOpenedFlags.DirectIo | FuseOpenedFlags.ParallelDirectWrites;
        if (opened.BackingId != 0)
            // With KEEP_CACHE beside it, the kernel answers open(2) with EIO. A close needs no daemon either: nothing was written.
            return new FuseOpenOut { Fh = opened.Handle, OpenFlags = (uint)(flags | FuseOpenedFlags.Passthrough | FuseOpenedFlags.Noflush), BackingId = opened.BackingId };
        if (opened.KeepCache)
            flags |= FuseOpenedFlags.KeepCache;
        if (opened.CacheDirectory && directory)
            flags |= FuseOpenedFlags.CacheDir | FuseOpenedFlags.KeepCache;
        return new FuseOpenOut { Fh = opened.Handle, OpenFlags = (uint)flags };
    }

    public static FuseStatxOut StatxOut(in FileAttributes attributes, ulong inode, TimeSpan valid) => new()
    {
        AttrValid = Seconds(valid),
        AttrValidNsec = Nanoseconds(valid),
        Stat = new FuseStatx
        {
            Mask = StatxBasic | (attributes.BirthTime == default ? 0 : StatxBirth),
            Blksize = attributes.BlockSize,
            Nlink = attributes.Links,
            Uid = attributes.Uid,
            Gid = attributes.Gid,
            Mode = (ushort)attributes.Mode,
            Ino = inode,
            Size = (ulong)attributes.Size,
            Blocks = (ulong)attributes.Blocks,
            Atime = Time(attributes.AccessTime),
            Btime = Time(attributes.BirthTime),
            Ctime = Time(attributes.ChangeTime),
            Mtime = Time(attributes.ModifyTime),
            RdevMajor = (attributes.RawDevice >> 8) & 0xFFF,
            RdevMinor = (attributes.RawDevice & 0xFF) | ((attributes.RawDevice >> 12) & 0xFFF00),
        },
    };

    public static FuseStatfsOut StatfsOut(in FileSystemStatistics statistics) => new()
    {
        Blocks = statistics.Blocks,
        Bfree = statistics.FreeBlocks,
        Bavail = statistics.AvailableBlocks,
        Files = statistics.Files,
        Ffree = statistics.FreeFiles,
        Bsize = statistics.BlockSize,
        Namelen = statistics.NameLength,
        Frsize = statistics.FragmentSize,
    };

    private static FuseSxTime Time(TimeSpec time) => new() { Seconds = time.Seconds, Nanoseconds = time.Nanoseconds };

    private static ulong Seconds(TimeSpan span) => span <= TimeSpan.Zero ? 0 : (ulong)(span.Ticks / TimeSpan.TicksPerSecond);

    private static uint Nanoseconds(TimeSpan span) => span <= TimeSpan.Zero ? 0 : (uint)(span.Ticks % TimeSpan.TicksPerSecond * 100);
}
