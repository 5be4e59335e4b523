using VdFs.Core.Images;
using VdFs.Core.Snapshots;

namespace VdFs.Core.Tests.Engine;

/// <summary>What is kept per image and cut doesn't stay in memory, nor its descriptors open, once only checkpoints need it.</summary>
public sealed class MemoryTests
{
    [Fact]
    public void Records_of_checkpoints_are_given_back_at_each_release()
    {
        using var world = new EngineWorld();
        world.Create("a");
        for (int night = 0; night < 10; night++)
        {
            world.Cut("tonight");
            world.Write("a", night * 4096, new byte[] { 1 });
            world.Release("tonight");
        }
        Image image = world.Open("a").Image;
        Assert.Equal(10, image.Generations.Length);
        Assert.Single(image.Generations, g => g.IsLoaded);
        Assert.Equal([new Extent(0, 9 * 4096 + 1)], world.Changes("a", "tonight~9").Extents);
    }

    [Fact]
    public void A_clean_end_brings_everything_to_stable_storage_open_or_not()
    {
        using var world = new EngineWorld();
        world.Create("a");
        world.Cut("tonight");
        world.Write("a", 0, new byte[] { 1 });
        world.Cut("now");
        world.Release("tonight");
        world.Release("now");
        var synced = new List<string>();
        world.State.Fault = operation =>
        {
            synced.Add(operation);
            return Errors.FsError.None;
        };
        Assert.True(world.Engine.Stop().Succeeded);
        world.State.Fault = null;
        Assert.Contains("syncfs", synced);
    }

    [Fact]
    public void A_checkpoints_file_list_is_not_kept_in_memory()
    {
        using var world = new EngineWorld();
        world.Create("a");
        world.Cut("s");
        WeakReference list = FilesOf(world);
        GC.Collect();
        Assert.True(list.IsAlive);
        world.Release("s");
        GC.Collect();
        Assert.False(list.IsAlive);
        Assert.NotNull(world.Engine.Snapshots.FindCheckpoint("s")!.Files.FindPath("a"u8));

        static WeakReference FilesOf(EngineWorld world) => new(world.Engine.Snapshots.FindHeld("s")!.Files);
    }

    [Fact]
    public void A_release_gives_back_what_newer_snapshots_of_other_images_do_not_need()
    {
        using var world = new EngineWorld();
        world.Create("a");
        world.Create("b");
        world.Write("a", 0, new byte[4096]);
        world.Cut("all");
        world.Cut("other", "b");
        world.Write("a", 0, Enumerable.Repeat((byte)1, 4096).ToArray());
        world.Write("a", 4096, Enumerable.Repeat((byte)2, 4096).ToArray());
        Assert.NotEmpty(world.Preserve.Files);
        world.Release("all");
        Assert.Empty(world.Preserve.Files);
    }
}
