using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Storage;
using VdFs.Core.Tracking;
using VdFs.TestKit.Memory;

namespace VdFs.Core.Tests.Engine;

/// <summary>However long a deletion or a sync takes, writers don't wait for it: the storage stands still in it, and a first touch goes through.</summary>
public sealed class StallTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData("delete ", ".data")]
    [InlineData("delete ", ".sums")]
    public void A_release_that_deletes_stores_holds_no_writer(string operation, string suffix)
    {
        using var world = new EngineWorld();
        world.Create("a");
        world.Write("a", 0, Bytes(1, 8 * Block.Size));
        world.Cut("s");
        world.Write("a", 0, Bytes(2, Block.Size));
        WriteBeside(world, world.Preserve, o => o.StartsWith(operation, StringComparison.Ordinal) && o.EndsWith(suffix, StringComparison.Ordinal), () => world.Release("s"));
    }

    [Fact]
    public void Forgetting_a_checkpoint_holds_no_writer_while_the_list_of_records_is_synced()
    {
        using EngineWorld world = WithCheckpoints();
        WriteBeside(world, world.State, o => o.StartsWith($"sync {StatePaths.RecordList}", StringComparison.Ordinal), () => Assert.True(world.Engine.ForgetCheckpoint("c1").Succeeded));
    }

    [Fact]
    public void Forgetting_a_checkpoint_holds_no_writer_while_a_record_is_deleted()
    {
        using EngineWorld world = WithCheckpoints();
        WriteBeside(world, world.State, o => o.StartsWith("delete ", StringComparison.Ordinal), () => Assert.True(world.Engine.ForgetCheckpoint("c1").Succeeded));
    }

    [Fact]
    public void Room_given_back_under_an_older_snapshot_is_counted_once_and_nothing_else_goes()
    {
        using var world = new EngineWorld();
        world.Create("a");
        byte[] first = Bytes(1, 64 * Block.Size);
        world.Write("a", 0, first);
        world.Cut("older");
        for (int block = 0; block < 64; block += 3)
            world.Write("a", block * Block.Size, Bytes(2, Block.Size));
        world.Cut("newer");
        world.Write("a", 0, Bytes(3, 64 * Block.Size));
        Assert.Equal((22 + 64) * (long)Block.Size, world.Engine.Status().Space.Used);
        world.Release("newer");
        // What the older one finds in its own generation, the newer generation kept for nobody else.
        Assert.Equal(64L * Block.Size, world.Engine.Status().Space.Used);
        Assert.Equal(first, world.View("older", "a"));
        world.Release("older");
        Assert.Equal(0, world.Engine.Status().Space.Used);
    }

    /// <summary>A release deletes the store, and while it is at that, a writer who makes room comes to the same.</summary>
    [Fact]
    public void Room_of_a_store_that_two_let_go_at_once_is_counted_once()
    {
        using var world = new EngineWorld();
        world.Create("a");
        world.Write("a", 0, Bytes(1, 8 * Block.Size));
        world.Cut("s");
        world.Write("a", 0, Bytes(2, 4 * Block.Size));
        long number = world.Engine.Snapshots.FindHeld("s")!.Number;
        Image image = world.Open("a").Image;
        bool again = false;
        world.Preserve.Fault = operation =>
        {
            if (again || !operation.StartsWith("delete ", StringComparison.Ordinal))
                return FsError.None;
            again = true;
            Task other = Start(() => image.ReclaimStores(number));
            Assert.True(other.Wait(Limit), "the other one waited");
            return FsError.None;
        };
        world.Release("s");
        world.Preserve.Fault = null;
        Assert.True(again);
        Assert.Equal(0, world.Engine.Status().Space.Used);
    }

    private static EngineWorld WithCheckpoints()
    {
        var world = new EngineWorld();
        world.Create("a");
        for (int i = 0; i < 3; i++)
        {
            world.Cut($"c{i}");
            world.Write("a", i * Block.Size, Bytes(1, Block.Size));
            world.Release($"c{i}");
        }
        world.Cut("last");
        world.Release("last");
        return world;
    }

    /// <summary>Runs a command, and when it has come to an operation of the storage, which then stands still, a first touch of the image's other blocks.</summary>
    private static void WriteBeside(EngineWorld world, MemoryStorage storage, Func<string, bool> standsStill, Action command)
    {
        using var reached = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        storage.Fault = operation =>
        {
            if (standsStill(operation))
            {
                reached.Set();
                Assert.True(goOn.Wait(Limit), "nobody wrote");
            }
            return FsError.None;
        };
        Task running = Start(command);
        try
        {
            Assert.True(reached.Wait(Limit), "the command never came to the operation");
            // One of a sector that is recorded in part, and one of another.
            Task writing = Start(() =>
            {
                world.Write("a", 5 * Block.Size, Bytes(4, Block.Size));
                world.Write("a", 5000L * Block.Size, Bytes(4, Block.Size));
            });
            Assert.True(writing.Wait(Limit), "a write waited for it");
        }
        finally
        {
            goOn.Set();
            running.Wait(Limit);
            storage.Fault = null;
        }
    }

    /// <summary>On a thread of its own: the pool's may all be taken by tests that run beside.</summary>
    private static Task Start(Action work) => Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private static byte[] Bytes(byte value, int count)
    {
        byte[] bytes = new byte[count];
        Array.Fill(bytes, value);
        return bytes;
    }
}
