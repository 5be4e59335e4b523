using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Snapshots;
using VdFs.Core.Storage;
using VdFs.Core.Tests.Engine;
using VdFs.TestKit.Memory;

namespace VdFs.Core.Tests.Space;

/// <summary>The state directory is full or fails: images keep running, no change is missing, and what can't be kept of snapshots is said to be lost.</summary>
public sealed class StateReserveTests
{
    private const int Block = 4096;
    private const int Reserve = 256 << 10;

    private static byte[] Blocks(int count, byte value) => [.. Enumerable.Repeat(value, count * Block)];

    private static EngineWorld World(int images, long reserve = Reserve)
    {
        var world = new EngineWorld(new EngineOptions { StateReserve = reserve });
        for (int i = 0; i < images; i++)
        {
            world.Create($"i{i:d3}");
            world.Write($"i{i:d3}", 0, Blocks(4, 1));
        }
        return world;
    }

    private static void Fill(EngineWorld world) => world.State.Room.Capacity = world.State.Room.Used;

    [Fact]
    public void On_a_full_state_directory_images_are_recorded_and_preserved_out_of_the_reserve()
    {
        using EngineWorld world = World(images: 8);
        world.Cut("s");
        Fill(world);
        for (int i = 0; i < 8; i++)
            world.Write($"i{i:d3}", Block, Blocks(1, 2));
        Assert.Equal("whole", world.Engine.List()[0].State);
        for (int i = 0; i < 8; i++)
        {
            Assert.Equal(Blocks(4, 1), world.View("s", $"i{i:d3}"));
            Assert.Equal([new Extent(Block, Block)], world.Changes($"i{i:d3}", "s").Extents);
        }
        SpaceUsed(world, below: true);
        Assert.Single(world.Events, e => e.Message.Contains("the state directory is full", StringComparison.Ordinal));
        // Room again: so is the reserve.
        world.State.Room.Capacity *= 10;
        world.Engine.LookAfterSpace();
        SpaceUsed(world, below: false);
    }

    [Fact]
    public void Past_the_reserve_an_image_counts_as_changed_and_its_snapshots_are_lost_before_it_changes()
    {
        using EngineWorld world = World(images: 3, reserve: 0);
        world.Cut("s");
        Fill(world);
        world.Write("i000", Block, Blocks(1, 2));
        world.Write("i000", 3 * Block, Blocks(1, 2));
        Assert.Equal(Blocks(1, 2), world.Content("i000")[Block..(2 * Block)]);
        Check(world);
        world.Restart(clean: false);
        Check(world);
        world.Restart(clean: true);
        Check(world);
        // The next cut begins anew, with records as soon as there is room.
        world.State.Room.Capacity *= 10;
        world.Release("s");
        world.Cut("t");
        byte[] then = world.Content("i000");
        world.Write("i000", 0, Blocks(1, 3));
        Assert.Equal(then, world.View("t", "i000"));
        Assert.Equal([new Extent(0, Block)], world.Changes("i000", "t").Extents);
        Assert.Equal([new Extent(0, 4 * Block)], world.Changes("i000", "s", "t").Extents);

        static void Check(EngineWorld world)
        {
            Assert.StartsWith("part lost", world.Engine.List()[0].State, StringComparison.Ordinal);
            Assert.Equal(FsError.Io, world.TryView("s", "i000", Block, out _));
            Assert.Equal(Blocks(4, 1), world.View("s", "i001"));
            ChangeReport changes = world.Changes("i000", "s");
            Assert.Equal([new Extent(0, 4 * Block)], changes.Extents);
            Assert.Empty(world.Changes("i001", "s").Extents);
        }
    }

    [Fact]
    public void A_kill_before_the_catalog_knows_of_the_loss_loses_nothing_of_it()
    {
        using EngineWorld world = World(images: 2, reserve: 0);
        world.Cut("s");
        world.Catalog.Fault = operation => operation == "losses" ? FsError.NoSpace : FsError.None;
        // One has its record, and only the page of its header; the other has none.
        world.Write("i001", 0, Blocks(1, 2));
        Fill(world);
        world.Write("i000", Block, Blocks(1, 2));
        world.State.Fault = o => o.StartsWith("write images", StringComparison.Ordinal) && writes++ == 0 ? FsError.NoSpace : FsError.None;
        world.Write("i001", Block, Blocks(1, 2));
        world.State.Fault = null;
        Assert.Empty(world.Catalog.Load().Losses);
        world.Catalog.Fault = null;
        world.Restart(clean: false);
        foreach (string name in new[] { "i000", "i001" })
        {
            Assert.NotNull(world.Engine.Snapshots.FindHeld("s")!.LossOf(world.Open(name).Image.Id));
            Assert.Equal([new Extent(0, 4 * Block)], world.Changes(name, "s").Extents);
        }
        Assert.Equal(2, world.Catalog.Load().Losses.Count);
    }

    private int writes;

    [Fact]
    public void Notes_go_with_the_generations_that_they_are_about()
    {
        using EngineWorld world = World(images: 2, reserve: 0);
        world.Cut("s");
        Fill(world);
        world.Write("i000", Block, Blocks(1, 2));
        Assert.True(world.State["unrecorded"].Length > 0);
        Assert.Equal(1, Notes(world));
        world.State.Room.Capacity *= 10;
        world.Release("s");
        world.Cut("t");
        world.Release("t");
        world.Engine.ForgetCheckpoint("s");
        Assert.Equal(0, Notes(world));
    }

    [Fact]
    public void Notes_that_cannot_be_read_make_nothing_believed()
    {
        using EngineWorld world = World(images: 2, reserve: 0);
        world.Cut("s");
        Fill(world);
        world.Write("i000", Block, Blocks(1, 2));
        int slot = Enumerable.Range(0, 4096).First(i => IsTaken(world, i));
        Assert.Equal(FsError.None, world.State["unrecorded"].Write((slot * 32) + 8, "?"u8, out _));
        world.Restart(clean: false);
        Assert.True(world.Changes("i000", "s").Full);
        Assert.True(world.Changes("i001", "s").Full);
        Assert.Equal(FsError.Io, world.TryView("s", "i001", Block, out _));
        Assert.Equal(0, Notes(world));
    }

    [Fact]
    public void A_catalog_without_room_gets_some_of_the_reserve()
    {
        using EngineWorld world = World(images: 1);
        int refused = 0;
        world.Catalog.Fault = _ => refused++ < 3 ? FsError.NoSpace : FsError.None;
        world.Cut("s");
        SpaceUsed(world, below: true);
        world.Catalog.Fault = _ => FsError.NoSpace;
        Assert.False(world.Engine.Create("t", [], out _).Succeeded);
        world.Catalog.Fault = null;
        world.Write("i000", 0, Blocks(1, 2));
        Assert.Equal(Blocks(4, 1), world.View("s", "i000"));
    }

    [Theory]
    [InlineData(FsError.Io)]
    [InlineData(FsError.ReadOnly)]
    public void After_a_write_of_state_failed_only_what_is_on_stable_storage_is_believed(FsError fault)
    {
        using EngineWorld world = World(images: 2);
        world.Cut("s");
        Assert.True(world.Engine.Stop().Succeeded);
        world.Restart(clean: false);
        int failed = 0;
        world.State.Fault = o => o.StartsWith("write images", StringComparison.Ordinal) && failed++ == 0 ? fault : FsError.None;
        (Image image, MemoryFile file) = world.Open("i000");
        Assert.Equal(FsError.None, image.Write(world.Worker, file, 0, Blocks(1, 2), WriteDurability.None, out _));
        world.State.Fault = null;
        Assert.Contains(world.Events, e => e.Warning && e.Message.Contains("may be lost as well", StringComparison.Ordinal));
        world.Restart(clean: false);
        Assert.Equal([new Extent(0, 4 * Block)], world.Changes("i000", "s").Extents);
        Assert.Equal(FsError.Io, world.TryView("s", "i000", Block, out _));
        Assert.Equal(Blocks(4, 1), world.View("s", "i001"));
    }

    private static void SpaceUsed(EngineWorld world, bool below)
    {
        VdFs.Core.Space.SpaceStatus space = world.Engine.Status().Space;
        Assert.Equal(Reserve, space.StateReserveSize);
        Assert.Equal(below, space.StateReserve < Reserve);
    }

    private static int Notes(EngineWorld world) => Enumerable.Range(0, 4096).Count(i => IsTaken(world, i));

    private static bool IsTaken(EngineWorld world, int slot)
    {
        byte[] bytes = new byte[32];
        Assert.Equal(FsError.None, world.State["unrecorded"].Read(slot * 32, bytes, out _));
        return bytes.Any(b => b != 0);
    }
}
