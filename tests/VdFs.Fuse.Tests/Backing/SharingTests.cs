using System.IO;
using VdFs.Core.Errors;
using VdFs.Core.Storage;
using VdFs.FileSystem.Backing;
using VdFs.FileSystem.Tree;
using VdFs.Fuse.Backing;
using VdFs.Fuse.Tests.Native;
using VdFs.TestKit.Mounting;
using VdFs.TestKit.Processes;

namespace VdFs.Fuse.Tests.Backing;

/// <summary>Sharing extents on real filesystems: those that can, and those that can't.</summary>
public sealed class SharingTests : BackingFixture
{
    private const int Range = 1 << 20;

    [RootTheory]
    [InlineData("xfs", "-q -m reflink=1")]
    [InlineData("btrfs", "-q")]
    public void A_shared_range_keeps_what_was_in_it_while_the_source_is_overwritten(string type, string options)
    {
        On(type, options, directory =>
        {
            using IBackingFile source = Make(directory, "source"u8);
            using IBackingFile target = Make(directory, "target"u8);
            byte[] first = Bytes(4 * Range, seed: 1);
            Ok(source.Write(0, first, out _));
            // What waits to be written back is not waited for.
            Assert.Equal(FsError.NotSupported, target.ShareFrom(source, Range, Range));
            Ok(source.Sync(dataOnly: true));
            Ok(target.ShareFrom(source, Range, Range));
            Ok(source.Write(Range, Bytes(Range, seed: 2), out _));
            byte[] found = new byte[Range];
            Ok(target.Read(Range, found, out int read));
            Assert.Equal(Range, read);
            Assert.Equal(first[Range..(2 * Range)], found);
            Ok(target.FindHole(Range, Range, out long hole));
            Assert.Equal(2 * Range, hole);
            Ok(target.PunchHole(Range + 65536, 4096));
            Ok(target.FindHole(Range, Range, out hole));
            Assert.Equal(Range + 65536, hole);
            Ok(target.FindHole(0, Range, out hole));
            Assert.Equal(0, hole);
            Ok(target.FindHole(Range, 4 * Range, out hole));
            Assert.Equal(Range + 65536, hole);
            Ok(target.FindHole(9 * Range, Range, out hole));
            Assert.Equal(9 * Range, hole);
            // Beyond the source's end.
            Assert.Equal(FsError.NotSupported, target.ShareFrom(source, 4 * Range, Range));
            Ok(target.ShareFrom(source, 3 * Range, Range));
        });
    }

    [RootTheory]
    [InlineData("ext4", "-q -F")]
    [InlineData("xfs", "-q -m reflink=0")]
    public void Where_extents_can_not_be_shared_it_says_so(string type, string options)
    {
        On(type, options, directory =>
        {
            using IBackingFile source = Make(directory, "source"u8);
            using IBackingFile target = Make(directory, "target"u8);
            Ok(source.Write(0, Bytes(Range, seed: 1), out _));
            Ok(source.Sync(dataOnly: true));
            Assert.Equal(FsError.NotSupported, target.ShareFrom(source, 0, Range));
            Ok(target.GetLength(out long length));
            Assert.Equal(0, length);
        });
    }

    [RootFact]
    public void Files_of_different_filesystems_can_not_share()
    {
        Write("here", "x");
        using IBackingFile here = OpenFile("here", OpenIntent.Read);
        On("xfs", "-q -m reflink=1", directory =>
        {
            using IBackingFile target = Make(directory, "target"u8);
            Assert.Equal(FsError.NotSupported, target.ShareFrom(here, 0, 4096));
        });
    }

    private void On(string type, string options, Action<LinuxBackingDirectory> test)
    {
        string image = Folder[$"{type}.img"];
        using (FileStream file = File.Create(image))
            file.SetLength(400L << 20);
        Tool.Run($"mkfs.{type}", [.. options.Split(' '), image], TimeSpan.FromSeconds(60)).Checked();
        Directory.CreateDirectory(Folder["mount"]);
        using var device = new LoopDevice(image);
        device.Mount(Folder["mount"], type);
        Ok(LinuxBackingDirectory.Open(Folder["mount"], out LinuxBackingDirectory? directory));
        using (directory)
            test(directory!);
    }

    private static byte[] Bytes(int length, int seed)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private static IBackingFile Make(LinuxBackingDirectory directory, ReadOnlySpan<byte> name)
    {
        Ok(directory.Create(new Caller(0, 0, 0), directory.Root, name, 0x180, 0, out IBackingFile? file, out BackingRef reference, out _));
        directory.Close(reference);
        return file!;
    }
}
