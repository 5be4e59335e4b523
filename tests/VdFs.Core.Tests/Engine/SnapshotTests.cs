using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Snapshots;
using VdFs.TestKit.Memory;

namespace VdFs.Core.Tests.Engine;

public sealed class SnapshotTests
{
    [Theory]
    [InlineData("a", true)]
    [InlineData("A-b_c.d0", true)]
    [InlineData("", false)]
    [InlineData(".a", false)]
    [InlineData("-a", false)]
    [InlineData("a..b", false)]
    [InlineData("a.", false)]
    [InlineData("a~1", false)]
    [InlineData("a b", false)]
    [InlineData("a\n", false)]
    [InlineData("ü", false)]
    [InlineData("a/b", false)]
    public void Names_follow_the_rule(string name, bool valid)
    {
        Assert.Equal(valid, SnapshotName.IsValid(name));
        using var world = new EngineWorld();
        Outcome outcome = world.Engine.Create(name, [], out _);
        Assert.Equal(valid ? FsError.None : FsError.InvalidArgument, outcome.Error);
    }

    [Fact]
    public void A_name_of_64_bytes_is_the_longest()
    {
        Assert.True(SnapshotName.IsValid(new string('a', 64)));
        Assert.False(SnapshotName.IsValid(new string('a', 65)));
    }

    [Fact]
    public void The_same_name_every_night_numbers_the_checkpoints_and_the_limit_drops_the_oldest()
    {
        using var world = new EngineWorld(new EngineOptions { MaxCheckpoints = 3 });
        world.Create("a");
        for (byte night = 1; night <= 6; night++)
        {
            world.Write("a", 0, new[] { night });
            world.Cut("tonight");
            Assert.Equal(FsError.AlreadyExists, world.Engine.Create("tonight", [], out _).Error);
            Assert.Equal(night, world.View("tonight", "a")[0]);
            world.Release("tonight");
        }
        Assert.Equal(["tonight~2", "tonight~1", "tonight"], world.Engine.Snapshots.All.Select(s => s.Name));
        Assert.Equal([4L, 5, 6], world.Engine.Snapshots.All.Select(s => s.Number));
        Assert.Equal([4L, 5], world.Engine.Images.All.Single().Generations.Select(g => g.Number).Where(n => n >= 4));
    }

    [Fact]
    public void Snapshots_and_checkpoints_are_renamed_and_nothing_takes_a_name_that_is_held()
    {
        using var world = new EngineWorld();
        world.Create("a");
        world.Cut("one");
        world.Cut("two");
        Assert.Equal(FsError.AlreadyExists, world.Engine.Rename("one", "two").Error);
        Assert.Equal(FsError.InvalidArgument, world.Engine.Rename("one", "..").Error);
        Assert.Equal(FsError.NotFound, world.Engine.Rename("three", "four").Error);
        Assert.True(world.Engine.Rename("one", "uno").Succeeded);
        world.Release("two");
        // A snapshot may take a checkpoint's name.
        Assert.True(world.Engine.Rename("uno", "two").Succeeded);
        Assert.Equal(["two", "two~1"], world.Engine.Snapshots.All.Select(s => s.Name));
        world.Restart(clean: true);
        Assert.Equal(["two", "two~1"], world.Engine.Snapshots.All.Select(s => s.Name));
        Assert.NotNull(world.Engine.Snapshots.FindHeld("two"));
        Assert.Equal(FsError.NotFound, world.Engine.Release("one").Error);
        Assert.Equal(FsError.NotFound, world.Engine.ForgetCheckpoint("two").Error);
        Assert.True(world.Engine.ForgetCheckpoint("two~1").Succeeded);
    }

    [Fact]
    public void A_selection_takes_the_images_that_match_and_preserves_for_no_others()
    {
        using var world = new EngineWorld();
        foreach (string name in new[] { "web.img", "db.img", "db.log" })
        {
            world.Create(name);
            world.Write(name, 0, new byte[] { 1 });
        }
        Assert.Equal(FsError.NotFound, world.Engine.Create("sel", ["db.*", "nothing"], out _).Error);
        Assert.Empty(world.Engine.Snapshots.All);
        world.Cut("sel", "db.*");
        FileList files = world.Engine.Snapshots.FindHeld("sel")!.Files;
        Assert.Equal(["db.img", "db.log"], files.Images.Select(e => System.Text.Encoding.UTF8.GetString(e.Name)));
        world.Write("web.img", 0, new byte[] { 2 });
        Assert.Equal(0, world.Engine.Status().PreservedBlocks);
        world.Write("db.img", 0, new byte[] { 2 });
        Assert.Equal(1, world.Engine.Status().PreservedBlocks);
        Assert.Equal(1, world.View("sel", "db.img")[0]);
        Assert.True(world.Changes("web.img", "sel").Full);
    }

    [Theory]
    [InlineData("disk.img", "db/disk.img", true)]
    [InlineData("*.img", "a/b/disk.img", true)]
    [InlineData("db/*.img", "db/disk.img", true)]
    [InlineData("db/*.img", "db/old/disk.img", false)]
    [InlineData("db/**", "db/old/disk.img", true)]
    [InlineData("db/**/disk.img", "db/disk.img", true)]
    [InlineData("/db/d?sk.img", "db/disk.img", true)]
    [InlineData("*", "db/disk.img", true)]
    [InlineData("b/*", "db/disk.img", false)]
    public void Patterns_match_paths(string pattern, string path, bool takes) =>
        Assert.Equal(takes, new ImageSelection([pattern]).Takes(System.Text.Encoding.UTF8.GetBytes(path)));

    [Fact]
    public void A_deleted_image_keeps_its_content_for_as_long_as_a_snapshot_needs_it()
    {
        using var world = new EngineWorld();
        world.Create("a");
        world.Write("a", 0, Enumerable.Repeat((byte)5, 10_000).ToArray());
        world.Cut("s1");
        world.Cut("s2");
        world.Delete("a");
        world.Restart(clean: false);
        Assert.Equal(5, world.View("s1", "a")[9_999]);
        world.Release("s1");
        Assert.Equal(1, world.Tree.RetainedCount);
        Assert.Equal(5, world.View("s2", "a")[0]);
        world.Release("s2");
        Assert.Equal(0, world.Tree.RetainedCount);
        world.Cut("s3");
        Assert.Equal(0, world.Engine.Images.Count);
    }

    [Fact]
    public void A_full_preserve_store_gives_the_snapshot_up_and_the_image_goes_on()
    {
        using var world = new EngineWorld();
        world.Create("a");
        world.Create("b");
        world.Write("a", 0, new byte[8192]);
        world.Write("b", 0, Enumerable.Repeat((byte)9, 8192).ToArray());
        world.Write("a", 0, Enumerable.Repeat((byte)9, 8192).ToArray());
        world.Cut("s");
        world.Preserve.Fault = operation => operation.StartsWith("write", StringComparison.Ordinal) ? FsError.NoSpace : FsError.None;
        world.Write("a", 0, new byte[4096]);
        world.Preserve.Fault = null;
        Assert.Equal(FsError.Io, world.TryView("s", "a", 4096, out _));
        Assert.Equal(9, world.View("s", "b")[0]);
        Assert.StartsWith("part lost", world.Engine.List().Single().State, StringComparison.Ordinal);
        Assert.Contains(world.Events, e => e.Warning);
        Assert.Equal([new Extent(0, 4096)], world.Changes("a", "s").Extents);
        world.Release("s");
        world.Cut("t");
        world.Write("a", 0, Enumerable.Repeat((byte)1, 100).ToArray());
        Assert.Equal(0, world.View("t", "a")[0]);
    }

    [Fact]
    public void A_record_that_cannot_be_written_says_that_everything_changed()
    {
        using var world = new EngineWorld();
        world.Create("a");
        world.Write("a", 0, new byte[8192]);
        world.Cut("s");
        world.Write("a", 0, new byte[4096]);
        // The header is allocated, sectors are not: a full disk still takes the header.
        int writes = 0;
        world.State.Fault = operation => operation.StartsWith("write images", StringComparison.Ordinal) && writes++ == 0 ? FsError.NoSpace : FsError.None;
        world.Write("a", 4096, new byte[4096]);
        world.State.Fault = null;
        Assert.Equal([new Extent(0, 8192)], world.Changes("a", "s").Extents);
        world.Restart(clean: false);
        Assert.Equal([new Extent(0, 8192)], world.Changes("a", "s").Extents);
    }

    [Fact]
    public void A_write_that_cannot_be_recorded_at_all_does_not_happen()
    {
        using var world = new EngineWorld();
        world.Create("a");
        world.Write("a", 0, new byte[8192]);
        world.Cut("s");
        world.State.Fault = operation => operation.StartsWith("write images", StringComparison.Ordinal) || operation.StartsWith("open images", StringComparison.Ordinal) || operation == "write unrecorded" ? FsError.NoSpace : FsError.None;
        (Image image, MemoryFile file) = world.Open("a");
        Assert.Equal(FsError.NoSpace, image.Write(world.Worker, file, 0, new byte[] { 1, 2, 3 }, default, out int written));
        Assert.Equal(0, written);
        Assert.Equal(0, world.Content("a")[0]);
    }

    [Fact]
    public void A_damaged_record_counts_as_changed_and_is_never_believed()
    {
        using var world = new EngineWorld();
        world.Create("a");
        world.Write("a", 0, new byte[40_960]);
        world.Cut("s");
        world.Write("a", 4096, Enumerable.Repeat((byte)3, 4096).ToArray());
        world.Cut("t");
        Assert.True(world.Engine.Stop().Succeeded);
        string path = world.State.Files.Single(f => f.EndsWith("000000000001.changes", StringComparison.Ordinal));
        Assert.Equal(FsError.None, world.State[path].Write(0, "garbage"u8, out _));
        world.Restart(clean: false);
        Assert.Equal(FsError.Io, world.TryView("s", "a", 4096, out _));
        Assert.True(world.Changes("a", "s").Full);
        Assert.Contains(world.Events, e => e.Warning && e.Message.Contains("can't be trusted", StringComparison.Ordinal));
    }

    [Fact]
    public void After_the_machine_stopped_and_the_intents_are_gone_nothing_is_believed_that_was_not_synced()
    {
        using var world = new EngineWorld();
        world.Create("a");
        world.Write("a", 0, new byte[4096]);
        world.Cut("s");
        world.Options = world.Options with { BootId = "another boot" };
        Assert.Equal(FsError.None, world.State["intents"].SetLength(0));
        world.Restart(clean: false);
        ChangeReport report = world.Changes("a", "s");
        Assert.True(report.Full);
        Assert.Contains("stopped", report.Reason, StringComparison.Ordinal);
        Assert.StartsWith("lost", world.Engine.List().Single().State, StringComparison.Ordinal);
        world.Cut("t");
        world.Restart(clean: true);
        world.Options = world.Options with { BootId = "a third boot" };
        world.Restart(clean: true);
        Assert.False(world.Changes("a", "t").Full);
    }

    [Fact]
    public void Truncating_a_large_sparse_image_preserves_its_data_and_skips_its_holes()
    {
        using var world = new EngineWorld();
        world.Create("a");
        const long terabyte = 1L << 40;
        world.SetLength("a", 15 * terabyte);
        world.Write("a", 3 * terabyte, Enumerable.Repeat((byte)4, 4096).ToArray());
        world.Write("a", 14 * terabyte, Enumerable.Repeat((byte)5, 4096).ToArray());
        world.Cut("s");
        world.SetLength("a", 10);
        Assert.Equal(2, world.Engine.Status().PreservedBlocks);
        Snapshot snapshot = world.Engine.Snapshots.FindHeld("s")!;
        (Image image, MemoryFile file) = world.Open("a");
        byte[] block = new byte[4096];
        foreach ((long at, byte value) in new[] { (3 * terabyte, (byte)4), (14 * terabyte, (byte)5), (terabyte, (byte)0) })
        {
            Assert.Equal(FsError.None, image.ReadView(world.Worker, snapshot.Number, 15 * terabyte, file, at, block, out int read));
            Assert.Equal(4096, read);
            Assert.Equal(value, block[100]);
        }
        Assert.Equal(FsError.None, image.SeekView(snapshot.Number, 15 * terabyte, file, 0, hole: false, out long data));
        Assert.Equal(3 * terabyte, data);
        Assert.Equal(FsError.None, image.SeekView(snapshot.Number, 15 * terabyte, file, data, hole: true, out long hole));
        Assert.Equal((3 * terabyte) + 4096, hole);
        Assert.Equal(FsError.None, image.SeekView(snapshot.Number, 15 * terabyte, file, hole, hole: false, out data));
        Assert.Equal(14 * terabyte, data);
    }
}
