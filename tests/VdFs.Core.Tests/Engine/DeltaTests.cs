using System.Text;
using VdFs.Core.Deltas;
using VdFs.Core.Errors;
using VdFs.Core.Qcow2;
using VdFs.Core.Snapshots;
using VdFs.Core.Storage;

namespace VdFs.Core.Tests.Engine;

/// <summary>What a delta holds of each image, and that it stays what it is.</summary>
public sealed class DeltaTests
{
    private const int Size = 1 << 20;

    [Fact]
    public void A_delta_holds_changed_blocks_and_nothing_else()
    {
        using EngineWorld world = Changed();
        DeltaImage image = world.LayOut("old", "new", "a");
        Assert.False(image.Full);
        Assert.Equal("./a@", Encoding.UTF8.GetString(image.Backing!)[..4]);
        Assert.Equal([new ClusterRun(2, 1, ClusterKind.Data), new(16, 16, ClusterKind.Zero), new(100, 2, ClusterKind.Data)], image.Layout.Runs);
        Assert.Equal(12, image.Layout.ClusterBits);
        DeltaDescription told = DeltaDescription.Read(world.Find("old", "new").Describe(image));
        Assert.Equal([new Extent(8192, 4096), new(409600, 8192)], told.Extents);
        Assert.Equal([new Extent(65536, 65536)], told.Zeros);
        Assert.Equal(("old", "new", Size), (told.From!.Name, told.To.Name, told.Size));
        Assert.True(told.To.Clock!.Value.EqualsExact(world.Engine.List()[^1].Clock!.Value));
        Assert.Equal(world.Engine.StateId + "-" + world.Open("a").Image.Id.Value, told.Image);
        DeltaImage unchanged = world.LayOut("old", "new", "b");
        Assert.Empty(unchanged.Layout.Runs);
        Assert.NotNull(unchanged.Backing);
    }

    [Fact]
    public void A_full_one_leaves_holes_out()
    {
        using EngineWorld world = Changed();
        DeltaImage image = world.LayOut("", "new", "a");
        Assert.Equal((true, "", 14), (image.Full, image.Reason, image.Layout.ClusterBits));
        Assert.Null(image.Backing);
        // The hole of 64 KiB that was punched is its second group of four clusters.
        Assert.Equal([new ClusterRun(0, 4, ClusterKind.Data), new(8, 56, ClusterKind.Data)], image.Layout.Runs);
        Assert.Equal([new Extent(0, 65536), new(131072, Size - 131072)], DeltaDescription.Read(world.Find("", "new").Describe(image)).Extents);
    }

    [Fact]
    public void An_image_without_a_history_since_the_older_cut_is_full_and_says_why()
    {
        using EngineWorld world = Changed();
        world.Create("later");
        world.Write("later", 0, Bytes(5000));
        world.Cut("newer");
        Assert.Contains("not part of 'old'", world.LayOut("old", "newer", "later").Reason, StringComparison.Ordinal);
        world.Create("replaced");
        world.Rename("replaced", "a");
        world.Cut("newest");
        Assert.Contains("not part of 'old'", world.LayOut("old", "newest", "a").Reason, StringComparison.Ordinal);
        Assert.False(world.LayOut("old", "newer", "a").Full);
    }

    [Fact]
    public void A_renamed_image_keeps_its_history()
    {
        using EngineWorld world = Changed();
        world.Rename("a", "c");
        world.Cut("newer");
        DeltaImage image = world.LayOut("new", "newer", "c");
        Assert.Equal("a", Encoding.UTF8.GetString(image.FormerPath!));
        Assert.StartsWith("./a@", Encoding.UTF8.GetString(image.Backing!), StringComparison.Ordinal);
        Assert.Empty(image.Layout.Runs);
        Assert.True(world.Engine.TellDeleted(world.Find("new", "newer"), out byte[] json).Succeeded);
        Assert.Empty(DeletedImages.Read(json).Images);
    }

    [Fact]
    public void Deleted_images_are_told()
    {
        using EngineWorld world = Changed();
        world.Delete("b");
        world.Cut("newer");
        Assert.True(world.Engine.TellDeleted(world.Find("old", "newer"), out byte[] json).Succeeded);
        DeletedImages told = DeletedImages.Read(json);
        Assert.Equal(("b", 7000L), (Encoding.UTF8.GetString(told.Images.Single().Path), told.Images.Single().Size));
        Assert.Equal("", told.Reason);
    }

    [Fact]
    public void A_layout_is_the_same_to_the_next_worker_though_it_would_come_out_otherwise_now()
    {
        using EngineWorld world = Changed();
        // Zeros that are data now, and known as zeros once they are preserved.
        world.Write("a", 200 * 4096, new byte[8192]);
        world.Cut("newer");
        uint sum = world.SumOf("old", "newer", "a");
        Assert.Contains(new ClusterRun(200, 2, ClusterKind.Data), world.LayOut("old", "newer", "a").Layout.Runs);
        long number = world.Find("old", "newer").Number;
        world.Write("a", 0, Bytes(Size));
        world.Restart(clean: false);
        Assert.Equal(number, world.Find("old", "newer").Number);
        Assert.Equal(sum, world.SumOf("old", "newer", "a"));
        // Without it, it is another, and known as such.
        foreach (string file in world.State.Files.Where(f => f.StartsWith("deltas/", StringComparison.Ordinal)).ToArray())
            world.State.Delete(file);
        world.Restart(clean: false);
        Assert.NotEqual(sum, world.SumOf("old", "newer", "a"));
        DeltaImage image = world.LayOut("old", "newer", "a");
        Assert.True(world.Find("old", "newer").TryGetInfo(image.Index, out DeltaImageInfo info) && info.Anew);
    }

    [Fact]
    public void What_could_not_be_kept_is_the_same_when_it_is_computed_again_or_an_error()
    {
        using EngineWorld world = Changed();
        world.Write("a", 200 * 4096, new byte[8192]);
        world.Cut("newer");
        world.State.Fault = what => what.Contains("deltas", StringComparison.Ordinal) ? FsError.NoSpace : FsError.None;
        world.Engine.Deltas.Room = 0;
        Delta delta = world.Find("old", "newer");
        Assert.True(world.TryLayOut(delta, "a", out DeltaImage? image).Succeeded);
        Assert.True(delta.TryGetInfo(image!.Index, out DeltaImageInfo info));
        Assert.False(info.Stored || info.Anew);
        Assert.Single(world.Events, e => e.Message.Contains("no room", StringComparison.Ordinal));
        // Another takes its place in memory.
        Assert.True(world.TryLayOut(delta, "b", out _).Succeeded);
        Assert.True(world.TryLayOut(delta, "a", out DeltaImage? again).Succeeded);
        Assert.NotSame(image, again);
        Assert.Equal(image.Layout.Runs, again!.Layout.Runs);
        Assert.True(world.TryLayOut(delta, "b", out _).Succeeded);
        // The zeros are preserved, and from now on known to be some.
        world.Write("a", 200 * 4096, Bytes(8192));
        Outcome outcome = world.TryLayOut(delta, "a", out _);
        Assert.Equal(FsError.Io, outcome.Error);
        Assert.Contains("room in the state directory", outcome.Message, StringComparison.Ordinal);
        world.Restart(clean: false);
        Assert.True(world.TryLayOut(world.Find("old", "newer"), "a", out _).Succeeded);
        Assert.True(world.Find("old", "newer").TryGetInfo(image.Index, out info));
        Assert.True(info.Anew);
    }

    [Fact]
    public void A_forgotten_older_cut_ends_what_was_not_looked_at()
    {
        using EngineWorld world = Changed();
        Delta delta = world.Find("old", "new");
        Assert.True(world.TryLayOut(delta, "a", out DeltaImage? before).Succeeded);
        world.Release("old");
        Assert.True(world.Engine.Delete("old").Succeeded);
        Assert.True(world.TryLayOut(delta, "a", out DeltaImage? after).Succeeded);
        Assert.Equal(before!.Layout.Runs, after!.Layout.Runs);
        Outcome outcome = world.TryLayOut(delta, "b", out _);
        Assert.Equal(FsError.Io, outcome.Error);
        Assert.Contains("forgotten", outcome.Message, StringComparison.Ordinal);
        Assert.Equal(FsError.Io, world.Engine.TellDeleted(delta, out _).Error);
        Assert.Equal(FsError.NotFound, world.Engine.FindDelta("old", "new", mayWait: true, out _).Error);
    }

    [Fact]
    public void A_release_removes_the_layouts_and_so_does_the_next_start()
    {
        using EngineWorld world = Changed();
        world.LayOut("old", "new", "a");
        world.LayOut("", "new", "a");
        world.LayOut("", "old", "a");
        Assert.Equal(3, Layouts(world));
        world.Release("new");
        Assert.Equal(1, Layouts(world));
        Assert.Equal(FsError.None, world.State.CreateFolder("deltas/000000000099"));
        Assert.Equal(FsError.None, world.State.Open("deltas/000000000099/5", StorageOpen.CreateNew, out IFile? left));
        left!.Dispose();
        world.Restart(clean: false);
        Assert.Equal(1, Layouts(world));
        Assert.Equal(FsError.NotFound, world.Engine.FindDelta("", "new", mayWait: true, out _).Error);
        // Numbers are never used again.
        world.Cut("next");
        Assert.Equal(4, world.Find("", "next").Number);
    }

    [Theory]
    [InlineData("new", "old", FsError.InvalidArgument)]
    [InlineData("new", "new", FsError.InvalidArgument)]
    [InlineData("none", "new", FsError.NotFound)]
    [InlineData("old", "none", FsError.NotFound)]
    [InlineData("", "released", FsError.NotFound)]
    public void Cuts_that_have_no_delta_are_told_apart(string older, string newer, FsError expected)
    {
        using EngineWorld world = Changed();
        world.Cut("released");
        world.Release("released");
        Outcome outcome = world.Engine.FindDelta(older, newer, mayWait: true, out _);
        Assert.Equal(expected, outcome.Error);
        Assert.True(outcome.Message.Length > 20);
    }

    [Fact]
    public void Without_waiting_only_what_is_known_is_found()
    {
        using EngineWorld world = Changed();
        Assert.Equal(FsError.MustWait, world.Engine.FindDelta("old", "new", mayWait: false, out _).Error);
        Delta delta = world.Find("old", "new");
        Assert.True(world.Engine.FindDelta("old", "new", mayWait: false, out Delta? again).Succeeded);
        Assert.Same(delta, again);
    }

    [Fact]
    public void An_image_that_was_lost_in_the_older_snapshot_is_full()
    {
        using EngineWorld world = Changed();
        world.Engine.LoseImage(world.Open("a").Image, "for a test");
        world.Cut("newer");
        DeltaImage image = world.LayOut("new", "newer", "a");
        Assert.True(image.Full);
        Assert.Contains("for a test", image.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Damaged_layouts_are_noticed_and_made_anew()
    {
        using EngineWorld world = Changed();
        uint sum = world.SumOf("old", "new", "a");
        string path = world.State.Files.Single(f => f.StartsWith("deltas/", StringComparison.Ordinal));
        Assert.Equal(FsError.None, world.State[path].Write(40, [0xFF, 0xFE], out _));
        world.Restart(clean: false);
        Assert.Equal(sum, world.SumOf("old", "new", "a"));
    }

    [Fact]
    public void A_grown_image_takes_no_room_for_what_nobody_wrote()
    {
        using EngineWorld world = Changed();
        world.SetLength("a", 100L << 30);
        world.Cut("newer");
        DeltaImage image = world.LayOut("new", "newer", "a");
        Assert.InRange(image.Layout.AllocatedBytes, 1, 1 << 20);
        Assert.Equal(100L << 30, image.Layout.VirtualSize);
    }

    [Fact]
    public void Paths_to_former_files_lead_up_and_down_and_never_look_like_a_protocol()
    {
        var time = new DateTimeOffset(2026, 11, 22, 3, 15, 0, TimeSpan.Zero);
        foreach ((string path, string former, string expected) in new[]
        {
            ("a", "a", "./a"), ("a", "nbd:x", "./nbd:x"), ("d/a", "d/b", "./b"), ("d/a", "a", "../a"), ("a", "d/e/b", "./d/e/b"), ("d/e/a", "d/f/g/b", "../f/g/b"),
            ("da/a", "d/a", "../d/a"), ("d/e/f/a", "x", "../../../x"),
        })
        {
            Assert.Equal(expected + "@20261122T031500.000Z.qcow2", Encoding.UTF8.GetString(DeltaNames.Relative(Encoding.UTF8.GetBytes(path), Encoding.UTF8.GetBytes(former), time)));
        }
    }

    private static int Layouts(EngineWorld world) => world.State.Files.Count(f => f.StartsWith("deltas/", StringComparison.Ordinal));

    /// <summary>Two images; between the held snapshots `old` and `new`, three ranges of one of them changed.</summary>
    private static EngineWorld Changed()
    {
        var world = new EngineWorld();
        world.Create("a");
        world.Write("a", 0, Bytes(Size));
        world.Create("b");
        world.Write("b", 0, Bytes(7000));
        world.Cut("old");
        world.Write("a", 8200, Bytes(10));
        world.Allocate("a", AllocateMode.PunchHole | AllocateMode.KeepSize, 65536, 65536);
        world.Write("a", 413_600, Bytes(200));
        world.Cut("new");
        return world;
    }

    private static byte[] Bytes(int count)
    {
        byte[] bytes = new byte[count];
        new Random(count).NextBytes(bytes);
        return bytes;
    }
}
