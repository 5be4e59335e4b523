using VdFs.Core.Storage;
using VdFs.FileSystem.Backing;
using VdFs.FileSystem.Tree;

namespace VdFs.Fuse.Tests.Backing;

public sealed class AllocationTests : BackingFixture
{
    [Fact]
    public void Reading_writing_and_looking_up_allocate_nothing()
    {
        Write("disk.img");
        using IBackingFile file = OpenFile("disk.img", OpenIntent.Write);
        byte[] buffer = new byte[4096];
        UseAll(file, buffer);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
            UseAll(file, buffer);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private void UseAll(IBackingFile file, byte[] buffer)
    {
        _ = file.Write(0, buffer, out _);
        _ = file.Write(0, buffer, WriteDurability.Data, out _);
        _ = file.Read(0, buffer, out _);
        _ = file.GetLength(out _);
        _ = file.SeekData(0, out _);
        _ = file.PunchHole(0, 4096);
        _ = Backing.Lookup(Backing.Root, "disk.img"u8, out BackingRef node, out _);
        _ = Backing.GetAttributes(node, out _);
        _ = Backing.GetExtendedAttribute(node, "user.none"u8, default, out _);
        Backing.Close(node);
    }
}
