using System.IO;
using VdFs.Core.Errors;
using VdFs.Core.Storage;
using VdFs.FileSystem.Tree;
using FileAttributes = VdFs.Core.Storage.FileAttributes;

namespace VdFs.Fuse.Tests.Backing;

public class LinuxFileTests : BackingFixture
{
    private readonly IBackingFile file;

    public LinuxFileTests()
        : this(null)
    {
    }

    protected LinuxFileTests(string? above)
        : base(above)
    {
        Write("disk.img", "");
        file = OpenFile("disk.img", OpenIntent.Write);
    }

    protected override void Close() => file.Dispose();

    [Theory]
    [InlineData(WriteDurability.None)]
    [InlineData(WriteDurability.Data)]
    [InlineData(WriteDurability.DataAndAttributes)]
    public void Writes_arrive_with_every_durability(WriteDurability durability)
    {
        byte[] data = Random(3 << 20, seed: 1);
        Ok(file.Write(12345, data, durability, out int written));
        Assert.Equal(data.Length, written);
        byte[] found = new byte[data.Length + 10];
        Ok(file.Read(12345, found, out int read));
        Assert.Equal(data.Length, read);
        Assert.Equal(data, found[..read]);
    }

    [Fact]
    public void A_file_opened_for_reading_refuses_writes()
    {
        using IBackingFile reader = OpenFile("disk.img");
        Assert.Equal(FsError.BadHandle, reader.Write(0, "x"u8, out int written));
        Assert.Equal(0, written);
        Assert.Equal(FsError.InvalidArgument, reader.SetLength(5));
    }

    [Fact]
    public void Offsets_that_are_none_are_refused()
    {
        Assert.Equal(FsError.InvalidArgument, file.Read(-1, new byte[1], out _));
        Assert.Equal(FsError.InvalidArgument, file.Write(-1, "x"u8, out _));
        Assert.True(file.Write(long.MaxValue - 10, new byte[100], out int written) is FsError.InvalidArgument or FsError.FileTooLarge);
        Assert.Equal(0, written);
        Assert.Equal(FsError.InvalidArgument, file.SetLength(-1));
        Assert.Equal(FsError.InvalidArgument, file.Allocate(AllocateMode.Extend, 0, 0));
    }

    [Fact]
    public void Space_is_allocated_with_and_without_growing()
    {
        Ok(file.Allocate(AllocateMode.Extend, 0, 1 << 20));
        Ok(file.GetAttributes(out FileAttributes attributes));
        Assert.Equal(1 << 20, attributes.Size);
        Assert.True(attributes.Blocks * 512 >= 1 << 20);
        Ok(file.Allocate(AllocateMode.KeepSize, 1 << 20, 1 << 20));
        Ok(file.GetAttributes(out attributes));
        Assert.Equal(1 << 20, attributes.Size);
        Assert.True(attributes.Blocks * 512 >= 2 << 20);
    }

    [Fact]
    public void Punching_gives_room_back_and_is_seen_as_a_hole()
    {
        Ok(file.Write(0, Random(1 << 20, seed: 2), out _));
        Ok(file.GetAttributes(out FileAttributes before));
        Ok(file.Allocate(AllocateMode.PunchHole | AllocateMode.KeepSize, 256 << 10, 512 << 10));
        Ok(file.GetAttributes(out FileAttributes after));
        Assert.Equal(before.Blocks - 1024, after.Blocks);
        Ok(file.SeekHole(0, out long hole));
        Assert.Equal(256 << 10, hole);
        Ok(file.SeekData(hole, out long data));
        Assert.Equal(768 << 10, data);
        Ok(file.SeekHole(data, out hole));
        Assert.Equal(1 << 20, hole);
    }

    [Fact]
    public void A_zeroed_range_reads_as_zeros_where_the_filesystem_can()
    {
        Ok(file.Write(0, Random(64 << 10, seed: 3), out _));
        FsError error = file.Allocate(AllocateMode.ZeroRange, 1000, 30000);
        if (Folder.Path.StartsWith("/dev/shm", StringComparison.Ordinal))
        {
            Assert.Equal(FsError.NotSupported, error);
            return;
        }
        Ok(error);
        byte[] found = new byte[30000];
        Ok(file.Read(1000, found, out _));
        Assert.True(found.AsSpan().IndexOfAnyExcept((byte)0) < 0);
        Ok(file.Allocate(AllocateMode.ZeroRange | AllocateMode.KeepSize, 60 << 10, 64 << 10));
        Ok(file.GetLength(out long length));
        Assert.Equal(64 << 10, length);
    }

    [Fact]
    public void Ranges_are_copied_between_files_and_within_one()
    {
        byte[] data = Random(200_000, seed: 4);
        Write("source.img", "");
        using IBackingFile source = OpenFile("source.img", OpenIntent.Write);
        Ok(source.Write(0, data, out _));
        CopyAll(source, 1000, file, 50, 150_000);
        byte[] found = new byte[150_000];
        Ok(file.Read(50, found, out _));
        Assert.Equal(data.AsSpan(1000, 150_000), found.AsSpan());
        CopyAll(file, 50, file, 1 << 20, 100_000);
        Ok(file.Read(1 << 20, found.AsSpan(0, 100_000), out int read));
        Assert.Equal(100_000, read);
        Assert.Equal(data.AsSpan(1000, 100_000), found.AsSpan(0, 100_000));
        Ok(file.CopyFrom(source, 1 << 20, 0, 100, out long copied));
        Assert.Equal(0, copied);
    }

    [Fact]
    public void Copying_from_something_else_is_misuse() =>
        Assert.Throws<ArgumentException>(() => file.CopyFrom(null!, 0, 0, 1, out _));

    [Fact]
    public void Attributes_are_those_of_the_file()
    {
        Ok(file.Write(0, "12345"u8, out _));
        Ok(file.GetAttributes(out FileAttributes attributes));
        FileInfo info = new(Folder["disk.img"]);
        Assert.True(attributes.IsRegular);
        Assert.Equal(info.Length, attributes.Size);
        Assert.Equal((uint)info.UnixFileMode, attributes.Mode & 0xFFF);
        Assert.Equal(TimeSpec.From(info.LastWriteTimeUtc).Seconds, attributes.ModifyTime.Seconds);
        Assert.NotEqual(default, attributes.BirthTime);
        Assert.Equal(1u, attributes.Links);
        Assert.Equal(attributes, AttributesOf("disk.img"));
    }

    [Fact]
    public void Disposing_while_others_read_and_write_never_reaches_another_file()
    {
        byte[] mark = new byte[4096];
        mark.AsSpan().Fill(0xAA);
        for (int round = 0; round < 100; round++)
        {
            IBackingFile shared = OpenFile("disk.img", OpenIntent.Write);
            Thread[] users = [.. Enumerable.Range(0, 2).Select(_ => new Thread(() =>
            {
                while (shared.Write(0, mark, out int _) == FsError.None)
                {
                }
            }))];
            Array.ForEach(users, user => user.Start());
            Thread.SpinWait(2000);
            shared.Dispose();
            // Takes the number that has just become free.
            using IBackingFile next = OpenFile(Path.GetFileName(Write("victim")), OpenIntent.Write);
            Array.ForEach(users, user => user.Join());
            Assert.Equal("content", ReadAll(next));
        }
    }

    private static void CopyAll(IBackingFile source, long sourceOffset, IBackingFile target, long offset, long length)
    {
        while (length > 0)
        {
            Ok(target.CopyFrom(source, sourceOffset, offset, length, out long copied));
            Assert.InRange(copied, 1, length);
            (sourceOffset, offset, length) = (sourceOffset + copied, offset + copied, length - copied);
        }
    }

    private static byte[] Random(int length, int seed)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
