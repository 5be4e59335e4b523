using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using VdFs.Core.Storage;
using VdFs.FileSystem.Tree;
using VdFs.Fuse.Native;
using VdFs.Fuse.Protocol;

namespace VdFs.Fuse.Tests.Protocol;

public sealed class LayoutTests
{
    public static TheoryData<Type, int> Sizes => new()
    {
        { typeof(FuseInHeader), 40 }, { typeof(FuseOutHeader), 16 }, { typeof(FuseInitIn), 64 }, { typeof(FuseInitOut), 64 },
        { typeof(FuseAttr), 88 }, { typeof(FuseAttrOut), 104 }, { typeof(FuseEntryOut), 128 }, { typeof(FuseOpenIn), 8 },
        { typeof(FuseCreateIn), 16 }, { typeof(FuseOpenOut), 16 }, { typeof(FuseBackingMap), 16 }, { typeof(FuseReadIn), 40 }, { typeof(FuseWriteIn), 40 },
        { typeof(FuseWriteOut), 8 }, { typeof(FuseFallocateIn), 32 }, { typeof(FuseLseekIn), 24 }, { typeof(FuseLseekOut), 8 },
        { typeof(FuseIoctlIn), 32 }, { typeof(FuseIoctlOut), 16 }, { typeof(ExtendedFlags), 28 },
        { typeof(FuseCopyFileRangeIn), 56 }, { typeof(FuseCopyFileRangeOut), 8 }, { typeof(FuseSetattrIn), 88 }, { typeof(FuseReleaseIn), 24 },
        { typeof(FuseFlushIn), 24 }, { typeof(FuseFsyncIn), 16 }, { typeof(FuseForgetIn), 8 }, { typeof(FuseForgetOne), 16 },
        { typeof(FuseBatchForgetIn), 8 }, { typeof(FuseStatxIn), 24 }, { typeof(FuseStatxOut), 288 }, { typeof(FuseStatx), 256 },
        { typeof(FuseSxTime), 16 }, { typeof(FuseGetattrIn), 16 }, { typeof(FuseMknodIn), 16 }, { typeof(FuseMkdirIn), 8 },
        { typeof(FuseRenameIn), 8 }, { typeof(FuseRename2In), 16 }, { typeof(FuseLinkIn), 8 }, { typeof(FuseStatfsOut), 80 },
        { typeof(FuseSetxattrIn), 16 }, { typeof(FuseSetxattrInShort), 8 }, { typeof(FuseGetxattrIn), 8 }, { typeof(FuseGetxattrOut), 8 },
        { typeof(FuseDirent), 24 }, { typeof(FuseDirentplus), 152 }, { typeof(FuseNotifyInvalInodeOut), 24 }, { typeof(FuseNotifyInvalEntryOut), 16 },
    };

    public static TheoryData<Type, string, int> Offsets => new()
    {
        { typeof(FuseInHeader), "Opcode", 4 }, { typeof(FuseInHeader), "Unique", 8 }, { typeof(FuseInHeader), "NodeId", 16 },
        { typeof(FuseInHeader), "Uid", 24 }, { typeof(FuseInHeader), "Gid", 28 }, { typeof(FuseInHeader), "Pid", 32 }, { typeof(FuseInHeader), "TotalExtLen", 36 },
        { typeof(FuseOutHeader), "Error", 4 }, { typeof(FuseOutHeader), "Unique", 8 },
        { typeof(FuseInitIn), "Flags", 12 }, { typeof(FuseInitIn), "Flags2", 16 },
        { typeof(FuseInitOut), "MaxReadahead", 8 }, { typeof(FuseInitOut), "Flags", 12 }, { typeof(FuseInitOut), "MaxBackground", 16 },
        { typeof(FuseInitOut), "CongestionThreshold", 18 }, { typeof(FuseInitOut), "MaxWrite", 20 }, { typeof(FuseInitOut), "TimeGran", 24 },
        { typeof(FuseInitOut), "MaxPages", 28 }, { typeof(FuseInitOut), "MapAlignment", 30 }, { typeof(FuseInitOut), "Flags2", 32 },
        { typeof(FuseInitOut), "MaxStackDepth", 36 }, { typeof(FuseInitOut), "RequestTimeout", 40 },
        { typeof(FuseAttr), "Size", 8 }, { typeof(FuseAttr), "Blocks", 16 }, { typeof(FuseAttr), "Atime", 24 }, { typeof(FuseAttr), "Ctime", 40 },
        { typeof(FuseAttr), "Atimensec", 48 }, { typeof(FuseAttr), "Mtimensec", 52 }, { typeof(FuseAttr), "Ctimensec", 56 }, { typeof(FuseAttr), "Mode", 60 },
        { typeof(FuseAttr), "Nlink", 64 }, { typeof(FuseAttr), "Uid", 68 }, { typeof(FuseAttr), "Gid", 72 }, { typeof(FuseAttr), "Rdev", 76 },
        { typeof(FuseAttr), "Blksize", 80 }, { typeof(FuseAttr), "Flags", 84 },
        { typeof(FuseAttrOut), "Attr", 16 }, { typeof(FuseEntryOut), "Attr", 40 }, { typeof(FuseEntryOut), "EntryValidNsec", 32 },
        { typeof(FuseOpenOut), "OpenFlags", 8 }, { typeof(FuseOpenOut), "BackingId", 12 }, { typeof(FuseBackingMap), "Fd", 0 },
        { typeof(FuseReadIn), "Offset", 8 }, { typeof(FuseReadIn), "Size", 16 }, { typeof(FuseReadIn), "Flags", 32 },
        { typeof(FuseWriteIn), "Offset", 8 }, { typeof(FuseWriteIn), "Size", 16 }, { typeof(FuseWriteIn), "WriteFlags", 20 }, { typeof(FuseWriteIn), "Flags", 32 },
        { typeof(FuseSetattrIn), "Fh", 8 }, { typeof(FuseSetattrIn), "Size", 16 }, { typeof(FuseSetattrIn), "Atime", 32 }, { typeof(FuseSetattrIn), "Atimensec", 56 },
        { typeof(FuseSetattrIn), "Mtimensec", 60 }, { typeof(FuseSetattrIn), "Mode", 68 }, { typeof(FuseSetattrIn), "Uid", 76 }, { typeof(FuseSetattrIn), "Gid", 80 },
        { typeof(FuseReleaseIn), "LockOwner", 16 }, { typeof(FuseFsyncIn), "FsyncFlags", 8 }, { typeof(FuseFallocateIn), "Mode", 24 },
        { typeof(FuseLseekIn), "Whence", 16 }, { typeof(FuseCopyFileRangeIn), "NodeIdOut", 16 }, { typeof(FuseCopyFileRangeIn), "Len", 40 },
        { typeof(FuseStatxIn), "Fh", 8 }, { typeof(FuseStatxIn), "SxMask", 20 }, { typeof(FuseStatxOut), "Stat", 32 },
        { typeof(FuseStatx), "Nlink", 16 }, { typeof(FuseStatx), "Mode", 28 }, { typeof(FuseStatx), "Ino", 32 }, { typeof(FuseStatx), "AttributesMask", 56 },
        { typeof(FuseStatx), "Atime", 64 }, { typeof(FuseStatx), "Btime", 80 }, { typeof(FuseStatx), "Ctime", 96 }, { typeof(FuseStatx), "Mtime", 112 },
        { typeof(FuseStatx), "RdevMajor", 128 }, { typeof(FuseStatx), "DevMinor", 140 },
        { typeof(FuseStatfsOut), "Bsize", 40 }, { typeof(FuseStatfsOut), "Namelen", 44 }, { typeof(FuseStatfsOut), "Frsize", 48 },
        { typeof(FuseDirent), "Namelen", 16 }, { typeof(FuseDirent), "Type", 20 }, { typeof(FuseDirentplus), "Dirent", 128 },
        { typeof(FuseNotifyInvalEntryOut), "Namelen", 8 }, { typeof(FuseNotifyInvalInodeOut), "Len", 16 },
    };

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Structs_have_the_kernels_size(Type type, int size) => Assert.Equal(size, Marshal.SizeOf(type));

    [Theory]
    [MemberData(nameof(Offsets))]
    public void Fields_lie_where_the_kernel_has_them(Type type, string field, int offset) =>
        Assert.Equal(offset, (int)Marshal.OffsetOf(type, field));

    [Fact]
    public void Device_numbers_are_split_for_statx_as_the_kernel_encodes_them()
    {
        var attributes = new FileAttributes { RawDevice = (0x123u << 8) | 0x45 | (0xABCu << 20) };
        FuseStatx statx = Layout.StatxOut(attributes, 1, TimeSpan.Zero).Stat;
        Assert.Equal(0x123u, statx.RdevMajor);
        Assert.Equal(0xABC45u, statx.RdevMinor);
    }

    [Fact]
    public void Remembered_times_keep_their_fraction_and_are_never_negative()
    {
        FuseAttrOut half = Layout.AttributesOut(default, 1, TimeSpan.FromMilliseconds(1500));
        Assert.Equal((1UL, 500_000_000u), (half.AttrValid, half.AttrValidNsec));
        FuseAttrOut never = Layout.AttributesOut(default, 1, TimeSpan.FromSeconds(-1));
        Assert.Equal((0UL, 0u), (never.AttrValid, never.AttrValidNsec));
    }

    [Fact]
    public void Listed_entries_are_padded_and_refused_when_full()
    {
        byte[] buffer = GC.AllocateArray<byte>(64, pinned: true);
        buffer.AsSpan().Fill(0xEE);
        var listing = new DirectoryReply();
        listing.Begin(buffer, withEntries: false);
        Assert.True(listing.Fits(5));
        listing.Add("hello"u8, 7, FileAttributes.TypeRegular, 1);
        Assert.Equal(32, listing.Length);
        Assert.Equal(5u, Unsafe.ReadUnaligned<FuseDirent>(ref buffer[0]).Namelen);
        Assert.Equal(8u, Unsafe.ReadUnaligned<FuseDirent>(ref buffer[0]).Type);
        Assert.Equal("hello\0\0\0"u8.ToArray(), buffer[24..32]);
        Assert.True(listing.Fits(8));
        Assert.False(listing.Fits(9));
        Assert.Throws<InvalidOperationException>(() => listing.Add("far too long"u8, 7, 0, 2));
    }

    [Fact]
    public void Open_answers_carry_the_trees_wishes()
    {
        Assert.Equal((uint)(FuseOpenedFlags.DirectIo | FuseOpenedFlags.ParallelDirectWrites), Layout.OpenOut(new OpenResult { Direct = true }, directory: false).OpenFlags);
        FuseOpenOut past = Layout.OpenOut(new OpenResult { BackingId = 7, KeepCache = true }, directory: false);
        Assert.Equal(((uint)(FuseOpenedFlags.Passthrough | FuseOpenedFlags.Noflush), 7), (past.OpenFlags, past.BackingId));
        Assert.Equal((uint)FuseOpenedFlags.KeepCache, Layout.OpenOut(new OpenResult { KeepCache = true }, directory: false).OpenFlags);
        Assert.Equal((uint)(FuseOpenedFlags.CacheDir | FuseOpenedFlags.KeepCache), Layout.OpenOut(new OpenResult { CacheDirectory = true }, directory: true).OpenFlags);
    }
}
