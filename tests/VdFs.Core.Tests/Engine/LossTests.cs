using VdFs.Core.Errors;
using VdFs.Core.Snapshots;

namespace VdFs.Core.Tests.Engine;

/// <summary>What is lost is said to be lost, and gives its room back.</summary>
public sealed class LossTests
{
    private static readonly byte[] Old = [.. Enumerable.Repeat((byte)9, 8192)];

    [Fact]
    public void A_pre_image_that_is_lost_before_its_cut_is_committed_is_lost_in_that_snapshot()
    {
        using var world = new EngineWorld();
        world.Create("a");
        world.Write("a", 0, Old);
        world.Catalog.Fault = operation =>
        {
            if (operation != "complete")
                return FsError.None;
            // The gate is open again, the snapshot not listed yet.
            world.Preserve.Fault = o => o.StartsWith("write", StringComparison.Ordinal) ? FsError.NoSpace : FsError.None;
            world.Write("a", 0, new byte[4096]);
            world.Preserve.Fault = null;
            return FsError.None;
        };
        world.Cut("s");
        world.Catalog.Fault = null;
        Assert.Equal(FsError.Io, world.TryView("s", "a", 4096, out _));
        Assert.StartsWith("lost: ", world.Engine.List().Single().State, StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_preserved_for_a_snapshot_that_is_given_up_makes_room_at_once()
    {
        using var world = new EngineWorld();
        world.Create("a");
        world.Write("a", 0, Old);
        world.Cut("s");
        world.Write("a", 0, new byte[4096]);
        Assert.NotEmpty(world.Preserve.Files);
        world.Preserve.Fault = o => o.StartsWith("write", StringComparison.Ordinal) ? FsError.NoSpace : FsError.None;
        world.Write("a", 4096, new byte[4096]);
        world.Preserve.Fault = null;
        Assert.True(SpinWait.SpinUntil(() => world.Preserve.Files.Count == 0, TimeSpan.FromSeconds(10)));
        Assert.Equal(FsError.Io, world.TryView("s", "a", 4096, out _));
        // The next snapshot is whole again.
        world.Cut("t");
        world.Write("a", 0, Old);
        Assert.Equal(new byte[8192], world.View("t", "a"));
    }

    [Fact]
    public void A_record_that_says_only_that_everything_changed_loses_the_snapshot_and_says_so()
    {
        using var world = new EngineWorld();
        world.Create("a");
        world.Write("a", 0, Old);
        world.Cut("s");
        world.Write("a", 0, new byte[4096]);
        int writes = 0;
        world.State.Fault = o => o.StartsWith("write images", StringComparison.Ordinal) && writes++ == 0 ? FsError.NoSpace : FsError.None;
        world.Write("a", 4096, new byte[4096]);
        world.State.Fault = null;
        Assert.Equal(FsError.Io, world.TryView("s", "a", 4096, out _));
        Assert.StartsWith("lost: ", world.Engine.List().Single().State, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cut_that_failed_and_could_not_be_taken_back_does_not_stand_in_the_way_of_the_next()
    {
        using var world = new EngineWorld(new EngineOptions { GateLimit = TimeSpan.FromMilliseconds(50) });
        world.Create("a");
        using var stuck = new Worker(world.Engine.Gate, mayWait: true);
        bool entered = false;
        world.Catalog.Fault = operation =>
        {
            if (operation == "pending")
                entered = stuck.EnterGate();
            return operation == "remove" ? FsError.NoSpace : FsError.None;
        };
        Assert.False(world.Engine.Create("s").Succeeded);
        world.Catalog.Fault = null;
        Assert.True(entered);
        stuck.LeaveGate();
        world.Cut("s");
        Assert.Single(world.Catalog.Load().Cuts);
    }

    [Fact]
    public void Pre_images_that_could_not_be_brought_to_their_device_are_told_before_anybody_reads()
    {
        using var world = new EngineWorld();
        foreach (string name in new[] { "a", "b" })
        {
            world.Create(name);
            world.Write(name, 0, Enumerable.Repeat((byte)1, 8192).ToArray());
        }
        world.Cut("older");
        world.Cut("s");
        world.Write("a", 0, new byte[4096]);
        world.Preserve.Fault = operation => operation == "syncfs" ? FsError.Io : FsError.None;
        world.Engine.TendIntents();
        world.Engine.TendIntents();
        world.Preserve.Fault = null;
        foreach (SnapshotInfo info in world.Engine.List())
        {
            Assert.StartsWith("damaged: 1 of 2 images", info.State, StringComparison.Ordinal);
            Assert.Contains("could not be brought to their device", info.State, StringComparison.Ordinal);
        }
        Assert.Single(world.Events, e => e.Warning && e.Message.Contains("2 snapshots", StringComparison.Ordinal));
        // What can be read is right.
        Assert.Equal(Enumerable.Repeat((byte)1, 8192).ToArray(), world.View("s", "a"));
        world.Cut("next");
        Assert.Equal("whole", world.Engine.List()[^1].State);
    }
}
