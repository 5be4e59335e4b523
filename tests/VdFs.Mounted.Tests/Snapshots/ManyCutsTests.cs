using System.Diagnostics;
using System.IO;
using Xunit.Abstractions;

namespace VdFs.Mounted.Tests.Snapshots;

/// <summary>Cut after cut under writers: each view is one instant of all images.</summary>
public sealed class ManyCutsTests(ITestOutputHelper output)
{
    private const int LeastCuts = 1000;
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(240);

    [Fact]
    public void Each_view_is_one_instant_of_all_images()
    {
        int seed = TestSeed.Get();
        output.WriteLine(TestSeed.Message(seed));
        using var images = new MountedImages();
        using IDisposable watchdog = images.AbortAfter(Limit);
        using var world = new SectorWorld(images.Mount, seed, direct: true);
        var clock = Stopwatch.StartNew();
        int cuts = 0;
        // Views that are still held while newer ones are cut; checked a second time before they go.
        var held = new Queue<(string Name, long Begun, long Done)>();
        while (clock.Elapsed < Duration || (cuts < LeastCuts && clock.Elapsed < Limit))
        {
            string name = $"cut{cuts++}";
            long begun = world.Clock.Tick();
            Directory.CreateDirectory(images.Snapshot(name));
            long done = world.Clock.Tick();
            world.Check(images.Snapshot(name), begun, done);
            held.Enqueue((name, begun, done));
            if (held.Count > 3)
                ReleaseOldest();
            world.ThrowIfFailed();
        }
        while (held.Count > 0)
            ReleaseOldest();
        output.WriteLine($"{cuts} cuts, {world.Written} writes in {clock.Elapsed.TotalSeconds:F0} s");
        Assert.True(cuts >= LeastCuts, $"only {cuts} cuts in {clock.Elapsed.TotalSeconds:F0} s");
        Assert.True(world.Written > cuts);

        void ReleaseOldest()
        {
            (string name, long begun, long done) = held.Dequeue();
            world.Check(images.Snapshot(name), begun, done);
            Directory.Delete(images.Snapshot(name));
            Directory.Delete(Path.Combine(images.Checkpoints, name));
        }
    }

    /// <summary>The check itself: copies taken one image after the other, without a snapshot, are no instant, and it says so.</summary>
    [Fact]
    public void A_copy_without_a_snapshot_is_found_out()
    {
        using var folder = new TemporaryFolder();
        using var world = new SectorWorld(folder.Folder("images"), seed: 1, direct: false);
        string copy = folder.Folder("copy");
        for (int attempt = 0; attempt < 20; attempt++)
        {
            long begun = world.Clock.Tick();
            Tool.Bash($"cp {folder.Path}/images/* {copy}/").Checked();
            long done = world.Clock.Tick();
            if (Record.Exception(() => world.Check(copy, begun, done)) is not null)
                return;
        }
        Assert.Fail("Twenty copies under eight writers, each called an instant.");
    }
}
