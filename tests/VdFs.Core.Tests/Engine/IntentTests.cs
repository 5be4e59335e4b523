using VdFs.Core.Durability;
using VdFs.Core.Errors;
using VdFs.Core.Snapshots;
using VdFs.Core.Tracking;
using VdFs.TestKit.Memory;

namespace VdFs.Core.Tests.Engine;

/// <summary>Regions that may change are on stable storage before they do, and after a power cut they, and only they, are in doubt.</summary>
public sealed class IntentTests
{
    private const long Region = (long)ChangeBitmap.BitsPerPage * 4096;

    [Fact]
    public void The_first_change_of_a_region_waits_for_its_intent_and_later_ones_don_t()
    {
        using var world = new EngineWorld();
        world.Create("a");
        var order = new List<string>();
        Watch(world, order);
        world.Write("a", 0, Block(1));
        Assert.Equal("sync intents", order.First(o => o is "sync intents" or "write a"));
        Assert.Contains("write a", order);
        order.Clear();
        world.Write("a", 8192, Block(2));
        world.Write("a", 8192, Block(3));
        Assert.DoesNotContain("sync intents", order);
        world.Write("a", Region, Block(4));
        Assert.Equal(["sync intents", "write a"], order.Where(o => o is "sync intents" or "write a").Skip(2));
    }

    [Fact]
    public void A_cut_needs_no_new_intent()
    {
        using var world = new EngineWorld();
        world.Create("a");
        world.Write("a", 0, Block(1));
        world.Cut("s");
        var order = new List<string>();
        Watch(world, order);
        world.Write("a", 0, Block(2));
        Assert.DoesNotContain("sync intents", order);
    }

    [Fact]
    public void After_the_machine_stopped_only_regions_that_were_being_written_count_as_changed()
    {
        using var world = new EngineWorld();
        world.Create("a");
        world.Create("b");
        world.SetLength("a", 3 * Region);
        world.SetLength("b", 3 * Region);
        world.Write("a", 4096, Block(1));
        world.Write("b", 4096, Block(1));
        Settle(world);
        world.Cut("one");
        world.Write("a", Region + 4096, Block(2));
        world.Cut("two");
        world.Write("a", 2 * Region, Block(3));
        PowerCut(world);

        ChangeReport changes = world.Changes("a", "one");
        Assert.False(changes.Full, changes.Reason);
        Assert.Equal([new Extent(Region, 2 * Region)], changes.Extents);
        Assert.Equal([new Extent(Region, 2 * Region)], world.Changes("a", "two").Extents);
        Assert.Equal([new Extent(Region, Region)], world.Changes("a", "one", "two").Extents);
        Assert.Empty(world.Changes("b", "one").Extents);
        Assert.All(["one", "two"], name =>
        {
            Assert.Equal(FsError.Io, world.TryView(name, "a", 1 << 20, out _));
            Assert.Equal(FsError.None, world.TryView(name, "b", 1 << 20, out _));
            Assert.StartsWith("part lost", world.Engine.List().Single(s => s.Name == name).State, StringComparison.Ordinal);
        });

        world.Cut("three");
        world.Write("a", 0, Block(4));
        Assert.Equal([new Extent(0, 4096)], world.Changes("a", "three").Extents);
        PowerCut(world);
        Assert.Equal([new Extent(0, Region)], world.Changes("a", "three").Extents);
    }

    [Fact]
    public void A_region_that_rests_is_synced_and_then_no_longer_in_doubt()
    {
        using var world = new EngineWorld();
        world.Create("a");
        world.SetLength("a", 2 * Region);
        world.Cut("s");
        world.Write("a", 0, Block(1));
        Settle(world);
        Assert.Equal([new Extent(0, 4096)], world.Changes("a", "s").Extents);
        PowerCut(world);
        Assert.Equal([new Extent(0, 4096)], world.Changes("a", "s").Extents);
        Assert.Equal(FsError.None, world.TryView("s", "a", 1 << 20, out _));
    }

    [Fact]
    public void A_write_to_a_recorded_block_after_its_intent_ended_makes_another()
    {
        using var world = new EngineWorld();
        world.Create("a");
        world.SetLength("a", 2 * Region);
        world.Cut("s");
        world.Write("a", 0, Block(1));
        Settle(world);
        world.Write("a", 0, Block(2));
        PowerCut(world);
        Assert.Equal([new Extent(0, Region)], world.Changes("a", "s").Extents);
    }

    [Fact]
    public void A_write_while_a_region_is_being_synced_keeps_its_intent()
    {
        using var world = new EngineWorld();
        world.Create("a");
        world.SetLength("a", 2 * Region);
        world.Cut("s");
        world.Write("a", 0, Block(1));
        world.Engine.TendIntents();
        bool wrote = false;
        world.Preserve.Fault = operation =>
        {
            if (operation == "syncfs" && !wrote)
            {
                wrote = true;
                world.Write("a", 0, Block(2));
            }
            return FsError.None;
        };
        world.Engine.TendIntents();
        Assert.True(wrote);
        world.Preserve.Fault = null;
        PowerCut(world);
        Assert.Equal([new Extent(0, Region)], world.Changes("a", "s").Extents);
    }

    [Fact]
    public void A_sync_that_fails_leaves_everything_in_doubt_even_while_the_machine_runs()
    {
        using var world = new EngineWorld();
        world.Create("a");
        world.SetLength("a", 2 * Region);
        Settle(world);
        world.Cut("s");
        world.Write("a", 0, Block(1));
        world.Preserve.Fault = operation => operation == "syncfs" ? FsError.Io : FsError.None;
        Settle(world);
        world.Preserve.Fault = null;
        Assert.False(world.Engine.Stop().Succeeded);
        world.Restart(clean: false);
        Assert.Equal([new Extent(0, Region)], world.Changes("a", "s").Extents);
        Assert.Equal(FsError.Io, world.TryView("s", "a", 1 << 20, out _));
    }

    [Fact]
    public void Without_room_for_intents_every_image_is_in_doubt_and_writers_go_on()
    {
        using var world = new EngineWorld();
        world.Create("a");
        world.SetLength("a", 5000 * Region);
        world.Cut("s");
        // Growing the file fails; the slot that has its room from the beginning is written next.
        bool grows = false;
        world.State.Fault = operation =>
        {
            if (operation != "write intents" || world.Engine.IntentCount < 3824)
                return FsError.None;
            grows = !grows;
            return grows ? FsError.NoSpace : FsError.None;
        };
        for (int i = 0; i < 3830; i++)
            world.Write("a", i * Region, Block(1));
        world.State.Fault = null;
        PowerCut(world);
        Assert.True(world.Changes("a", "s").Full);
    }

    [Fact]
    public void Durable_snapshots_survive_and_records_are_exact()
    {
        using var world = new EngineWorld(new EngineOptions { DurableSnapshots = true });
        world.Create("a");
        world.Write("a", 0, Block(1));
        world.Cut("s");
        var order = new List<string>();
        Watch(world, order);
        world.Write("a", 0, Block(2));
        string[] steps = [.. order.Where(o => o is "write a" || o.StartsWith("sync ", StringComparison.Ordinal) || o.EndsWith(".changes", StringComparison.Ordinal)).Select(Suffix)];
        Assert.Equal(["write changes", "sync changes", "sync data", "sync sums", "write changes", "sync changes", "write a"], steps.Where(s => s != "open changes" && s != "read changes"));
        PowerCut(world);
        Assert.Equal([new Extent(0, 4096)], world.Changes("a", "s").Extents);
        Assert.Equal(Block(1), world.View("s", "a"));
    }

    /// <summary>A bit, or a record's name, that the killed one had not yet synced would be found, and taken for stable.</summary>
    [Fact]
    public void A_durable_mount_that_was_killed_is_synced_before_the_next_one_serves()
    {
        using var world = new EngineWorld(new EngineOptions { DurableSnapshots = true });
        world.Create("a");
        world.Write("a", 0, Block(1));
        var order = new List<string>();
        Watch(world, order);
        world.Restart(clean: false);
        Assert.Equal(2, order.Count(o => o == "syncfs"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_start_that_cannot_sync_what_a_killed_one_left_goes_on_without_the_promise(bool preserve)
    {
        using var world = new EngineWorld(new EngineOptions { DurableSnapshots = true });
        world.Create("a");
        world.Write("a", 0, Block(1));
        world.Cut("s");
        world.Write("a", 0, Block(2));
        (preserve ? world.Preserve : world.State).Fault = operation => operation == "syncfs" ? FsError.Io : FsError.None;
        world.Restart(clean: false);
        world.Preserve.Fault = world.State.Fault = null;
        Assert.Equal(Block(1), world.View("s", "a"));
        Assert.Contains(world.Events, e => e.Message.Contains("won't survive a power cut", StringComparison.Ordinal));
        world.Write("a", 4096, Block(3));
        PowerCut(world);
        // What the sync lost isn't known, so nothing of the region is called whole.
        Assert.NotNull(world.Engine.Snapshots.Find("s")!.LossOf(world.Open("a").Image.Id));
        Assert.NotEmpty(world.Changes("a", "s").Extents);
    }

    [Fact]
    public void A_durable_cut_syncs_before_it_answers()
    {
        using var world = new EngineWorld(new EngineOptions { DurableSnapshots = true });
        world.Create("a");
        world.Write("a", 0, Block(1));
        bool synced = false;
        world.State.Fault = operation =>
        {
            synced |= operation == "syncfs";
            return FsError.None;
        };
        world.Cut("s");
        Assert.True(synced);
        world.State.Fault = operation => operation == "syncfs" ? FsError.Io : FsError.None;
        Assert.False(world.Engine.Create("t", [], out _).Succeeded);
        world.State.Fault = null;
        Assert.Equal(["s"], world.Engine.List().Select(s => s.Name));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_taint_goes_only_with_a_sync_of_everything(bool settled)
    {
        var state = new MemoryStorage();
        Assert.Equal(FsError.None, IntentLog.Open(state, out IntentLog? log));
        Assert.Equal(FsError.None, log!.Begin(state, durableSnapshots: false, settled: true));
        log.Taint();
        Assert.Equal(FsError.None, log.Begin(state, durableSnapshots: false, settled));
        log.Dispose();
        Assert.Equal(FsError.None, IntentLog.Open(state, out log));
        Assert.True(log!.WasKept);
        Assert.Equal(!settled, log.IsTainted);
        log.Dispose();
    }

    private static string Suffix(string step)
    {
        string[] words = step.Split(' ');
        return words[1].Contains('.', StringComparison.Ordinal) ? $"{words[0]} {words[1][(words[1].LastIndexOf('.') + 1)..]}" : step;
    }

    private static byte[] Block(byte value) => [.. Enumerable.Repeat(value, 4096)];

    private static void Settle(EngineWorld world)
    {
        world.Engine.TendIntents();
        world.Engine.TendIntents();
    }

    private static void PowerCut(EngineWorld world)
    {
        world.Options = world.Options with { BootId = world.Options.BootId + "+" };
        world.Restart(clean: false);
    }

    private static void Watch(EngineWorld world, List<string> order)
    {
        FsError Note(string operation)
        {
            order.Add(operation);
            return FsError.None;
        }
        world.State.Fault = Note;
        world.Preserve.Fault = Note;
        world.Open("a").File.Fault = operation => Note(operation + " a");
    }
}
