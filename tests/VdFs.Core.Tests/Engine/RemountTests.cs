using VdFs.Core.Errors;
using VdFs.Core.Snapshots;
using VdFs.Core.Storage;
using VdFs.TestKit.Memory;

namespace VdFs.Core.Tests.Engine;

/// <summary>What a daemon that was killed at any moment left is taken for what it is.</summary>
public sealed class RemountTests
{
    [Fact]
    public void A_record_that_a_killed_daemon_had_only_created_breaks_nothing()
    {
        using var world = new EngineWorld();
        world.Create("a");
        world.Write("a", 0, new byte[8192]);
        world.Cut("s");
        Assert.Equal(FsError.None, world.State.Open(RecordOf(world, "a", 1), StorageOpen.CreateNew, out IFile? file));
        file!.Dispose();
        world.Restart(clean: false);
        world.Write("a", 0, new byte[] { 1 });
        Assert.Equal(new byte[8192], world.View("s", "a"));
        Assert.Equal([new Extent(0, 4096)], world.Changes("a", "s").Extents);
        Assert.False(world.Changes("a", "s").Full);
    }

    [Fact]
    public void A_store_that_a_killed_daemon_had_only_created_loses_nothing()
    {
        using var world = new EngineWorld();
        world.Create("a");
        world.Write("a", 0, new byte[8192]);
        world.Cut("s");
        string folder = world.Open("a").Image.Id.ToString();
        Assert.Equal(FsError.None, world.Preserve.CreateFolder(folder));
        foreach (string suffix in new[] { "data", "sums" })
        {
            Assert.Equal(FsError.None, world.Preserve.Open($"{folder}/000000000001.{suffix}", StorageOpen.CreateNew, out IFile? file));
            file!.Dispose();
        }
        world.Restart(clean: false);
        world.Write("a", 0, new byte[] { 1 });
        Assert.Equal(new byte[8192], world.View("s", "a"));
        Assert.Equal("whole", world.Engine.List().Single().State);
    }

    [Fact]
    public void Records_of_a_catalog_that_is_gone_stand_in_nobodys_way()
    {
        using var world = new EngineWorld();
        foreach (string name in new[] { "a", "b" })
        {
            world.Create(name);
            for (int cut = 0; cut < 3; cut++)
            {
                world.Write(name, 0, Enumerable.Repeat((byte)cut, 4096).ToArray());
                world.Cut($"{name}{cut}");
            }
            world.Write(name, 0, new byte[4096]);
        }
        world.Catalog = new MemoryCatalog();
        world.Restart(clean: false);
        Assert.Empty(world.Engine.Snapshots.All);
        for (int cut = 0; cut < 8; cut++)
        {
            world.Cut($"new{cut}");
            world.Write("b", 0, Enumerable.Repeat((byte)(cut + 1), 4096).ToArray());
            world.Write("a", 0, Enumerable.Repeat((byte)(cut + 101), 4096).ToArray());
        }
        Assert.Equal(2, world.Engine.Images.Count);
        Assert.Equal((4, 104), (world.View("new4", "b")[0], world.View("new4", "a")[0]));
        Assert.Equal([new Extent(0, 4096)], world.Changes("a", "new3", "new4").Extents);
        Assert.DoesNotContain(world.Events, e => e.Warning && e.Message.Contains("can't be trusted", StringComparison.Ordinal));
    }

    [Fact]
    public void Records_newer_than_the_catalog_are_not_believed_and_stand_in_no_writers_way()
    {
        using var world = new EngineWorld();
        world.Create("a");
        world.Write("a", 0, new byte[4096]);
        world.Cut("s");
        // The catalog is an older copy: records of later generations are there.
        Assert.Equal(FsError.None, world.State.Open(RecordOf(world, "a", 3), StorageOpen.CreateNew, out IFile? file));
        file!.Dispose();
        world.Restart(clean: false);
        Assert.True(world.Changes("a", "s").Full);
        for (int cut = 0; cut < 4; cut++)
        {
            world.Write("a", 0, Enumerable.Repeat((byte)(cut + 1), 4096).ToArray());
            world.Cut($"t{cut}");
        }
        Assert.Equal(2, world.View("t1", "a")[0]);
    }

    [Theory]
    [InlineData(1L << 50)]
    [InlineData(1L << 60)]
    [InlineData(long.MaxValue)]
    public void An_image_of_any_size_takes_little_memory_and_misses_no_change(long length)
    {
        using var world = new EngineWorld();
        world.Create("a");
        world.Cut("s");
        long before = GC.GetAllocatedBytesForCurrentThread();
        world.SetLength("a", length);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 32 << 20);
        ChangeReport report = world.Changes("a", "s");
        Extent last = Assert.Single(report.Extents);
        Assert.Equal(length, last.Start + last.Length);
    }

    private static string RecordOf(EngineWorld world, string name, long generation) =>
        $"images/{world.Open(name).Image.Id}/{generation:d12}.changes";
}
