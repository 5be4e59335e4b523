using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Snapshots;
using VdFs.Core.Storage;
using VdFs.TestKit.Memory;

namespace VdFs.Core.Tests.Engine;

/// <summary>Want of descriptors or memory, at any step, costs the one operation at most: no snapshot, no lineage, no trust in what was written.</summary>
public sealed class WantTests
{
    private const int Size = 256 << 10;

    /// <summary>Places that are written, of several record sectors and ranges.</summary>
    private static readonly long[] Places = [0, 8192, 100_000, 5000];

    [Theory]
    [InlineData(FsError.TooManyOpenFiles, false)]
    [InlineData(FsError.TooManyOpenFilesInSystem, true)]
    [InlineData(FsError.OutOfMemory, false)]
    public void It_costs_no_snapshot_whichever_operation_meets_it(FsError want, bool durable)
    {
        int met;
        int at = 0;
        do
            met = Meet(++at, want, durable, restart: at % 3 == 0);
        while (met >= at);
        Assert.InRange(at, 15, 1000);
    }

    /// <summary>A record that can't be opened now is neither believed to say nothing nor to be damaged.</summary>
    [Fact]
    public void A_record_that_can_not_be_opened_now_is_as_good_as_before()
    {
        using var world = new EngineWorld();
        byte[] before = Make(world, "a");
        world.Cut("s");
        world.Write("a", 0, new byte[8192]);
        world.Restart(clean: false);
        world.State.Fault = o => o.StartsWith("open images/", StringComparison.Ordinal) ? FsError.TooManyOpenFiles : FsError.None;
        Assert.ThrowsAny<Exception>(() => world.View("s", "a"));
        world.State.Fault = null;
        Assert.Equal(before, world.View("s", "a"));
        Assert.Equal("whole", Assert.Single(world.Engine.List()).State);
        ChangeReport changes = world.Changes("a", "s");
        Assert.Single(changes.Extents);
    }

    [Fact]
    public void Losses_are_not_told_of_images_that_a_snapshot_never_had()
    {
        using var world = new EngineWorld();
        _ = Make(world, "a");
        world.Cut("s");
        _ = Make(world, "b");
        world.Cut("t");
        world.Engine.LoseImage(world.Open("b").Image, "it is a test");
        Assert.Equal("whole", world.Engine.List().Single(s => s.Name == "s").State);
        Assert.NotEqual("whole", world.Engine.List().Single(s => s.Name == "t").State);
        _ = Make(world, "c");
        world.Engine.LoseImage(world.Open("c").Image, "it is a test");
        Assert.All(world.Engine.Snapshots.All, s => Assert.Null(s.LossOf(world.Open("c").Image.Id)));
    }

    /// <returns>How many operations there were.</returns>
    private static int Meet(int at, FsError want, bool durable, bool restart)
    {
        using var world = new EngineWorld(new EngineOptions { DurableSnapshots = durable });
        byte[][] before = [Make(world, "a"), Make(world, "b")];
        world.Cut("s");
        if (restart)
            world.Restart(clean: false);
        int count = 0;
        Func<string, FsError> fault = operation =>
            operation.StartsWith("delete", StringComparison.Ordinal) || Interlocked.Increment(ref count) != at ? FsError.None : want;
        (Image Image, MemoryFile File)[] images = [world.Open("a"), world.Open("b")];
        world.State.Fault = world.Preserve.Fault = fault;
        foreach ((Image image, MemoryFile file) in images)
        {
            foreach (long place in Places)
            {
                FsError error = image.Write(world.Worker, file, place, "new content"u8, WriteDurability.None, out int written);
                Assert.True(error == FsError.None || error == want, $"operation {at}: {error}");
                if (error == FsError.None)
                    continue;
                Assert.Equal(0, written);
                Assert.Equal(FsError.None, image.Write(world.Worker, file, place, "new content"u8, WriteDurability.None, out _));
            }
        }
        world.State.Fault = world.Preserve.Fault = null;
        Check(world, before, $"operation {at}");
        world.Restart(clean: false);
        Check(world, before, $"operation {at}, after a death");
        Assert.DoesNotContain(world.Events, e => e.Warning);
        return count;
    }

    private static void Check(EngineWorld world, byte[][] before, string when)
    {
        SnapshotInfo info = Assert.Single(world.Engine.List());
        Assert.True(info.State == "whole", $"{when}: {info.State}");
        Assert.Equal(before[0], world.View("s", "a"));
        Assert.Equal(before[1], world.View("s", "b"));
        Assert.Equal("", world.Open("a").Image.LineageBroken);
    }

    private static byte[] Make(EngineWorld world, string name)
    {
        byte[] content = new byte[Size];
        new Random(name[0]).NextBytes(content);
        world.Create(name);
        world.Write(name, 0, content);
        return content;
    }
}
