using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Space;
using VdFs.Core.Storage;
using VdFs.Core.Tests.Engine;
using VdFs.TestKit.Memory;

namespace VdFs.Core.Tests.Space;

/// <summary>The preserve store has no room: snapshots are given up, writers wait, or writers fail. The changes are recorded in any case.</summary>
public sealed class WhenFullTests
{
    private const int Block = 4096;

    private static byte[] Blocks(int count, byte value) => [.. Enumerable.Repeat(value, count * Block)];

    private static EngineWorld World(WhenFull whenFull, int limitInBlocks) =>
        new(new EngineOptions { WhenFull = whenFull, PreserveLimit = new SpaceLimit(limitInBlocks * Block, 0) });

    private static FsError TryWrite(EngineWorld world, string name, long block, byte value)
    {
        (Image image, MemoryFile file) = world.Open(name);
        return image.Write(world.Worker, file, block * Block, Blocks(1, value), WriteDurability.None, out _);
    }

    [Fact]
    public void Giving_up_takes_the_oldest_snapshot_as_a_whole_and_leaves_the_others_exact()
    {
        using EngineWorld world = World(WhenFull.GiveUp, limitInBlocks: 6);
        foreach (string name in new[] { "a", "b" })
        {
            world.Create(name);
            world.Write(name, 0, Blocks(8, 1));
        }
        world.Cut("old");
        world.Write("a", 0, Blocks(2, 2));
        world.Write("b", 0, Blocks(2, 2));
        world.Cut("new");
        byte[] a = world.Content("a");
        byte[] b = world.Content("b");
        world.Write("a", 0, Blocks(4, 3));
        Assert.StartsWith("lost: ", world.Engine.List()[0].State, StringComparison.Ordinal);
        Assert.Equal("whole", world.Engine.List()[1].State);
        Assert.Equal(FsError.Io, world.TryView("old", "b", Block, out _));
        Assert.Equal(a, world.View("new", "a"));
        Assert.Equal(b, world.View("new", "b"));
        // What only the old one needed is gone, and its room with it.
        Assert.Equal(4 * Block, world.Engine.Status().Space.Used);
        Assert.Equal(4 * Block, world.Engine.Status().PreservedBytes);
        Assert.Contains(world.Events, e => e.Warning && e.Message.Contains("'old' is given up", StringComparison.Ordinal));
        Assert.Single(world.Changes("b", "old").Extents);
        // Whoever needs more than there is loses that one, too; the image goes on.
        world.Write("b", 0, Blocks(8, 4));
        Assert.Equal(0, world.Engine.Status().Space.Used);
        Assert.StartsWith("lost: ", world.Engine.List()[1].State, StringComparison.Ordinal);
        Assert.Equal(Blocks(8, 4), world.Content("b"));
    }

    [Fact]
    public void What_was_given_up_is_lost_after_a_restart_as_well()
    {
        using EngineWorld world = World(WhenFull.GiveUp, limitInBlocks: 1);
        world.Create("a");
        world.Write("a", 0, Blocks(2, 1));
        world.Cut("s");
        world.Write("a", 0, Blocks(1, 2));
        world.Write("a", Block, Blocks(1, 2));
        Assert.True(SpinWait.SpinUntil(() => world.Catalog.Load().Losses.Count == 1, TimeSpan.FromSeconds(10)));
        world.Restart(clean: false);
        Assert.StartsWith("lost: ", world.Engine.List()[0].State, StringComparison.Ordinal);
        Assert.Equal(0, world.Engine.Status().Space.Used);
    }

    [Fact]
    public void A_thread_that_may_not_wait_gives_up_nothing_itself()
    {
        using EngineWorld world = World(WhenFull.GiveUp, limitInBlocks: 1);
        world.Create("a");
        world.Write("a", 0, Blocks(2, 1));
        world.Cut("s");
        using var quick = new Worker(world.Engine.Gate, mayWait: false);
        (Image image, MemoryFile file) = world.Open("a");
        Assert.Equal(FsError.MustWait, image.Write(quick, file, 0, Blocks(2, 2), WriteDurability.None, out _));
        Assert.Equal("whole", world.Engine.List()[0].State);
        Assert.Equal(Blocks(2, 1), world.Content("a"));
    }

    [Fact]
    public void Failing_leaves_image_and_snapshot_as_they_were()
    {
        using EngineWorld world = World(WhenFull.Fail, limitInBlocks: 2);
        world.Create("a");
        world.Write("a", 0, Blocks(4, 1));
        world.Cut("s");
        Assert.Equal(FsError.None, TryWrite(world, "a", 0, 2));
        Assert.Equal(FsError.None, TryWrite(world, "a", 1, 2));
        Assert.Equal(FsError.NoSpace, TryWrite(world, "a", 2, 2));
        // Blocks that are recorded already need nothing.
        Assert.Equal(FsError.None, TryWrite(world, "a", 0, 3));
        Assert.Equal([.. Blocks(1, 3), .. Blocks(1, 2), .. Blocks(2, 1)], world.Content("a"));
        Assert.Equal(Blocks(4, 1), world.View("s", "a"));
        world.Release("s");
        Assert.Equal(FsError.None, TryWrite(world, "a", 2, 2));
    }

    [Fact]
    public void Waiting_ends_with_a_release_with_a_higher_limit_or_with_its_time()
    {
        using EngineWorld world = World(WhenFull.Wait, limitInBlocks: 1);
        int calls = 0;
        world.Engine.WaitingRoom.RoomMade = () => calls++;
        world.Create("a");
        world.Write("a", 0, Blocks(4, 1));
        world.Cut("s");
        Assert.Equal(FsError.None, TryWrite(world, "a", 0, 2));
        Assert.Equal(FsError.MustWaitForSpace, TryWrite(world, "a", 1, 2));
        Assert.Equal(Blocks(4, 1), world.View("s", "a"));
        world.Worker.WaitsForSpace = false;
        Assert.Equal(FsError.NoSpace, TryWrite(world, "a", 1, 2));
        world.Worker.WaitsForSpace = true;
        // A cut in between needs nobody's end of waiting.
        world.Cut("t");
        Assert.Equal(FsError.MustWaitForSpace, TryWrite(world, "a", 1, 2));
        calls = 0;
        Assert.True(world.Engine.Set(new(new SpaceLimit(2 * Block, 0), null, null)).Succeeded);
        Assert.NotEqual(0, calls);
        Assert.Equal(FsError.None, TryWrite(world, "a", 1, 2));
        Assert.Equal(FsError.MustWaitForSpace, TryWrite(world, "a", 2, 2));
        calls = 0;
        world.Release("s");
        Assert.NotEqual(0, calls);
        Assert.Equal(FsError.None, TryWrite(world, "a", 2, 2));
        Assert.Equal([.. Blocks(1, 2), .. Blocks(3, 1)], world.View("t", "a"));
    }

    [Theory]
    [InlineData(WhenFull.Wait, FsError.MustWaitForSpace)]
    [InlineData(WhenFull.Fail, FsError.NoSpace)]
    [InlineData(WhenFull.GiveUp, FsError.None)]
    public void A_device_that_is_full_or_fails_is_as_a_limit(WhenFull whenFull, FsError expected)
    {
        foreach (FsError fault in new[] { FsError.NoSpace, FsError.QuotaExceeded, FsError.Io, FsError.ReadOnly })
        {
            foreach (string step in new[] { "open ", "write " })
            {
                using EngineWorld world = World(whenFull, limitInBlocks: 100);
                world.Create("a");
                world.Write("a", 0, Blocks(2, 1));
                world.Cut("s");
                world.Preserve.Fault = o => o.StartsWith(step, StringComparison.Ordinal) ? fault : FsError.None;
                Assert.Equal(expected, TryWrite(world, "a", 0, 2));
                world.Preserve.Fault = null;
                if (whenFull == WhenFull.GiveUp)
                    Assert.Equal(FsError.Io, world.TryView("s", "a", Block, out _));
                else
                    Assert.Equal(Blocks(2, 1), world.View("s", "a"));
                Assert.Equal(FsError.None, TryWrite(world, "a", 0, 2));
                Assert.Single(world.Changes("a", "s").Extents);
            }
        }
    }

    [Fact]
    public void The_store_leaves_room_on_its_filesystem()
    {
        using var world = new EngineWorld(new EngineOptions { WhenFull = WhenFull.Fail });
        world.Preserve.Room.Capacity = 1000 * Block;
        world.Create("a");
        world.Write("a", 0, Blocks(1000, 1));
        world.Cut("s");
        int block = 0;
        while (TryWrite(world, "a", block, 2) == FsError.None)
            block++;
        Assert.InRange(world.Preserve.Room.Free, 10 * Block, 40 * Block);
        SpaceStatus space = world.Engine.Status().Space;
        Assert.Equal(block * Block, space.Used);
        Assert.Equal(100, space.Percent);
        Assert.NotEqual("", space.Warning);
        // Others leave, and it goes on.
        world.Preserve.Room.Capacity *= 2;
        world.Engine.LookAfterSpace();
        Assert.Equal(FsError.None, TryWrite(world, "a", block, 2));
    }

    [Fact]
    public void It_is_told_at_80_and_at_95_percent_once_per_crossing()
    {
        using EngineWorld world = World(WhenFull.Fail, limitInBlocks: 100);
        world.Create("a");
        world.Write("a", 0, Blocks(200, 1));
        foreach (string name in new[] { "s", "t" })
        {
            world.Cut(name);
            for (int block = 0; block < 100; block++)
            {
                Assert.Equal(FsError.None, TryWrite(world, "a", block, 2));
                int told = world.Events.Count(e => e.Message.Contains("% full", StringComparison.Ordinal));
                Assert.Equal(block + 1 >= 95 ? 2 : block + 1 >= 80 ? 1 : 0, told);
            }
            Assert.Equal(FsError.NoSpace, TryWrite(world, "a", 100, 2));
            Assert.Equal(FsError.NoSpace, TryWrite(world, "a", 101, 2));
            Assert.Single(world.Events, e => e.Message.Contains("store is full", StringComparison.Ordinal));
            world.Release(name);
            world.Engine.LookAfterSpace();
            world.Events.Clear();
        }
    }

    [Fact]
    public void Zeros_take_no_room()
    {
        using EngineWorld world = World(WhenFull.Fail, limitInBlocks: 1);
        world.Create("a");
        world.SetLength("a", 100 * Block);
        world.Cut("s");
        world.Write("a", 0, Blocks(50, 1));
        Assert.Equal(0, world.Engine.Status().Space.Used);
        Assert.Equal(new byte[100 * Block], world.View("s", "a"));
    }

    [Fact]
    public void A_store_that_lost_its_data_gives_errors_for_what_was_in_it_and_goes_on_taking_pre_images()
    {
        using EngineWorld world = World(WhenFull.Fail, limitInBlocks: 100);
        world.Create("a");
        world.Write("a", 0, Blocks(4, 1));
        world.Cut("s");
        Assert.Equal(FsError.None, TryWrite(world, "a", 0, 2));
        Assert.Equal(FsError.None, world.Preserve.Delete(StatePaths.Data(world.Open("a").Image.Id, 1)));
        world.Restart(clean: false);
        Assert.Equal(FsError.None, TryWrite(world, "a", 1, 2));
        Assert.Equal(FsError.Io, world.TryView("s", "a", Block, out _));
        (Image image, MemoryFile file) = world.Open("a");
        byte[] shown = new byte[Block];
        Assert.Equal(FsError.None, image.ReadView(world.Worker, 1, 4 * Block, file, Block, shown, out _));
        Assert.Equal(Blocks(1, 1), shown);
        Assert.True(world.Engine.Stop().Succeeded);
    }

    [Fact]
    public void What_is_held_is_counted_again_after_a_restart()
    {
        using EngineWorld world = World(WhenFull.Fail, limitInBlocks: 4);
        world.Create("a");
        world.Write("a", 0, Blocks(8, 1));
        world.Cut("s");
        world.Write("a", 0, Blocks(3, 2));
        world.Restart(clean: false);
        Assert.Equal(3 * Block, world.Engine.Status().Space.Used);
        Assert.Equal(FsError.None, TryWrite(world, "a", 3, 2));
        Assert.Equal(FsError.NoSpace, TryWrite(world, "a", 4, 2));
    }

    [Fact]
    public void Changes_that_shrink_punch_or_copy_follow_the_policy_as_writes_do()
    {
        using EngineWorld world = World(WhenFull.Fail, limitInBlocks: 1);
        world.Create("a");
        world.Write("a", 0, Blocks(8, 1));
        world.Create("b");
        world.Write("b", 0, Blocks(8, 5));
        world.Cut("s");
        (Image image, MemoryFile file) = world.Open("a");
        Assert.Equal(FsError.NoSpace, image.SetLength(world.Worker, file, 0));
        Assert.Equal(FsError.NoSpace, image.Allocate(world.Worker, file, AllocateMode.PunchHole | AllocateMode.KeepSize, 0, 8 * Block));
        Assert.Equal(FsError.NoSpace, image.CopyFrom(world.Worker, world.Open("b").File, 0, file, 0, 8 * Block, out _));
        Assert.Equal(Blocks(8, 1), world.Content("a"));
        Assert.Equal(Blocks(8, 1), world.View("s", "a"));
    }
}
