using VdFs.Core.Errors;
using VdFs.Core.Snapshots;
using VdFs.Core.Storage;

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
