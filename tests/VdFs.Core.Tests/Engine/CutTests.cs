using System.Runtime.InteropServices;
using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Snapshots;
using VdFs.Core.Storage;
using VdFs.TestKit.Memory;

namespace VdFs.Core.Tests.Engine;

/// <summary>A snapshot is one instant of all images: no older, no newer, nothing torn, on thousands of cuts under writers.</summary>
public sealed class CutTests
{
    private const int Images = 3;
    private const int Writers = 4;
    private const int Sectors = 64;
    private const int SectorSize = 512;
    private const int Cuts = 1500;

    [Fact]
    public void Every_view_is_one_instant_of_all_images_on_thousands_of_cuts()
    {
        using var world = new EngineWorld(new EngineOptions { MaxCheckpoints = 3 });
        for (int i = 0; i < Images; i++)
        {
            world.Create($"i{i}");
            world.Write($"i{i}", 0, new byte[Sectors * SectorSize]);
        }
        // Writers take a number, write it, and tell that it is acknowledged; numbers rise over all images.
        long started = 0;
        long[] acknowledged = new long[Writers];
        using var stop = new CancellationTokenSource();
        (Image Image, MemoryFile File)[] open = [.. Enumerable.Range(0, Images).Select(i => world.Open($"i{i}"))];
        Thread[] threads = [.. Enumerable.Range(0, Writers).Select(w => new Thread(() =>
        {
            using var worker = new Worker(world.Engine.Gate, mayWait: true);
            var random = new Random(w);
            byte[] sector = new byte[SectorSize];
            while (!stop.IsCancellationRequested)
            {
                long number = Interlocked.Increment(ref started);
                int image = random.Next(Images);
                // Each writer has sectors of its own, so that a later number never hides an earlier one of another writer.
                int place = (random.Next(Sectors / Writers) * Writers) + w;
                MemoryMarshal.Cast<byte, long>(sector.AsSpan()).Fill(number);
                Assert.Equal(FsError.None, open[image].Image.Write(worker, open[image].File, place * SectorSize, sector, WriteDurability.None, out _));
                Volatile.Write(ref acknowledged[w], number);
            }
        }))];
        foreach (Thread thread in threads)
            thread.Start();
        try
        {
            for (int cut = 0; cut < Cuts; cut++)
            {
                long[] before = [.. acknowledged.Select((_, w) => Volatile.Read(ref acknowledged[w]))];
                world.Cut("now");
                long after = Interlocked.Read(ref started);
                Check(world, before, after);
                world.Release("now");
            }
        }
        finally
        {
            stop.Cancel();
            foreach (Thread thread in threads)
                Assert.True(thread.Join(TimeSpan.FromSeconds(30)));
        }
    }

    [Fact]
    public void What_changes_while_a_cut_scans_is_in_the_snapshot_as_it_was_at_the_cut()
    {
        using var world = new EngineWorld();
        world.Create("a");
        world.Create("b");
        world.Create("c");
        world.Write("a", 0, new byte[100]);
        int calls = 0;
        world.Tree.DuringScan = () =>
        {
            if (calls++ != 0)
                return;
            using var worker = new Worker(world.Engine.Gate, mayWait: true);
            // As the tree does: inside the gate, noted before it is done.
            (Image image, MemoryFile file) = world.Open("a");
            Assert.Equal(FsError.None, image.Write(worker, file, 5000, new byte[100], WriteDurability.None, out _));
            Assert.True(worker.EnterGate());
            world.Engine.Dirty.Note(new FileKey(1, 1));
            world.Create("new");
            world.Tree.Delete("b", ImageId.None);
            world.Tree.Rename("c", "d");
            worker.LeaveGate();
        };
        // The first reading of the folder happens before those changes, as far as the scan can tell: it sees neither size nor names.
        world.Cut("s");
        FileList files = world.Engine.Snapshots.FindHeld("s")!.Files;
        Assert.Equal(["a", "d", "new"], files.Entries.Skip(1).Select(e => System.Text.Encoding.UTF8.GetString(e.Name)).Order());
        Assert.Equal(5100, files.FindPath("a"u8)!.Attributes.Size);
    }

    [Fact]
    public void What_a_scan_missed_is_in_the_snapshot_of_every_cut()
    {
        using var world = new EngineWorld();
        world.Create("a");
        for (int cut = 1; cut <= 4; cut++)
        {
            int length = cut * 5000;
            string added = $"new{cut}";
            world.Tree.AfterReading = () =>
            {
                // The rescan reads folders too.
                world.Tree.AfterReading = null;
                using var worker = new Worker(world.Engine.Gate, mayWait: true);
                (Image image, MemoryFile file) = world.Open("a");
                Assert.Equal(FsError.None, image.SetLength(worker, file, length));
                Assert.True(worker.EnterGate());
                world.Engine.Dirty.Note(new FileKey(1, 1));
                world.Create(added);
                worker.LeaveGate();
            };
            world.Cut($"s{cut}");
            FileList files = world.Engine.Snapshots.FindHeld($"s{cut}")!.Files;
            Assert.Equal(length, files.FindPath("a"u8)!.Attributes.Size);
            Assert.NotNull(files.FindPath(System.Text.Encoding.UTF8.GetBytes(added)));
            Assert.Equal(0, world.Engine.Dirty.Scan & 1);
        }
    }

    [Fact]
    public void A_gate_that_cannot_close_opens_again_and_the_cut_times_out()
    {
        using var world = new EngineWorld(new EngineOptions { GateLimit = TimeSpan.FromMilliseconds(100) });
        world.Create("a");
        using var stuck = new Worker(world.Engine.Gate, mayWait: true);
        Assert.True(stuck.EnterGate());
        Assert.Equal(FsError.TimedOut, world.Engine.Create("s", [], out _).Error);
        stuck.LeaveGate();
        world.Write("a", 0, new byte[10]);
        world.Cut("s");
    }

    [Fact]
    public void A_worker_that_may_not_wait_is_told_so_while_the_gate_is_closed()
    {
        using var gate = new Gate();
        using var quick = new Worker(gate, mayWait: false);
        Assert.True(gate.Close(TimeSpan.FromSeconds(1)));
        Assert.False(quick.EnterGate());
        gate.Open();
        Assert.True(quick.EnterGate());
        quick.LeaveGate();
    }

    [Theory]
    [InlineData("pending")]
    [InlineData("complete")]
    public void A_cut_that_the_catalog_refuses_leaves_nothing_behind(string step)
    {
        using var world = new EngineWorld();
        world.Create("a");
        world.Write("a", 0, new byte[8192]);
        world.Catalog.Fault = commit => commit == step ? FsError.NoSpace : FsError.None;
        Outcome outcome = world.Engine.Create("s", [], out _);
        Assert.Equal(FsError.NoSpace, outcome.Error);
        Assert.Contains("not made", outcome.Message, StringComparison.Ordinal);
        world.Catalog.Fault = null;
        Assert.Empty(world.Engine.Snapshots.All);
        world.Write("a", 0, new byte[4096]);
        world.Cut("s");
        world.Restart(clean: false);
        Assert.Equal(["s"], world.Engine.Snapshots.All.Select(s => s.Name));
    }

    [Theory]
    [InlineData("pending", true)]
    [InlineData("complete", false)]
    [InlineData("complete", true)]
    public void A_cut_that_the_daemon_died_in_never_happened(string commit, bool pending)
    {
        using var world = new EngineWorld();
        world.Create("a");
        world.Write("a", 0, Enumerable.Repeat((byte)7, 8192).ToArray());
        world.Cut("first");
        world.Release("first");
        world.Cut("held");
        // The exception stands for the end of the process: nothing of it can be taken back. It is not one that an engine would see.
        world.Catalog.Fault = name => name == commit || (pending && name == "remove") ? throw new DeathException() : FsError.None;
        Assert.Throws<DeathException>(() => world.Engine.Create("first", [], out _));
        world.Catalog.Fault = null;
        world.Write("a", 4096, Enumerable.Repeat((byte)8, 4096).ToArray());
        world.Restart(clean: false);
        Assert.Equal(["first", "held"], world.Engine.Snapshots.All.Select(s => s.Name));
        Assert.Equal(Enumerable.Repeat((byte)7, 8192).ToArray(), world.View("held", "a"));
        Assert.Equal([new Extent(4096, 4096)], world.Changes("a", "held").Extents);
        world.Cut("second");
        Assert.Equal(["first", "held", "second"], world.Engine.Snapshots.All.Select(s => s.Name));
    }

    [Fact]
    public void Images_of_more_than_8_EiB_in_total_are_cut_and_mounted_again()
    {
        using var world = new EngineWorld();
        foreach (string name in new[] { "a", "b", "c" })
        {
            world.Create(name);
            world.SetLength(name, 5L << 60);
        }
        world.Cut("s");
        Assert.Equal(long.MaxValue, world.Engine.Snapshots.All.Single().Bytes);
        world.Restart(clean: false);
        Assert.Equal((3, long.MaxValue), world.Engine.Snapshots.All.Select(s => (s.Images, s.Bytes)).Single());
        world.Restart(clean: true);
        Assert.Equal(["s"], world.Engine.Snapshots.All.Select(s => s.Name));
    }

    [Fact]
    public void An_exception_that_nobody_thought_of_takes_the_cut_back()
    {
        using var world = new EngineWorld();
        world.Create("a");
        world.Write("a", 0, new byte[8192]);
        world.Catalog.Fault = commit => commit == "complete" ? throw new OverflowException("a fault of VdFs") : FsError.None;
        Assert.Equal(FsError.Io, world.Engine.Create("s", [], out _).Error);
        world.Catalog.Fault = null;
        Assert.Empty(world.Engine.Snapshots.All);
        Assert.Empty(world.Catalog.Load().Cuts);
        Assert.False(world.Engine.HasHeldSnapshots);
        world.Write("a", 0, new byte[8192]);
        Assert.Equal(0, world.Engine.Status().PreservedBlocks);
        world.Restart(clean: false);
        Assert.Empty(world.Engine.Snapshots.All);
        world.Cut("s");
    }

    [Fact]
    public void What_fails_after_the_commit_does_not_refuse_the_cut()
    {
        using var world = new EngineWorld();
        world.Create("a");
        world.Engine.Changed = _ => throw new InvalidOperationException("a fault of VdFs");
        world.Cut("s");
        Assert.Equal(["s"], world.Engine.Snapshots.All.Select(s => s.Name));
        world.Restart(clean: false);
        Assert.Equal(["s"], world.Engine.Snapshots.All.Select(s => s.Name));
    }

    private static void Check(EngineWorld world, long[] before, long after)
    {
        // Per writer: the newest number in the view. All that it wrote up to there must have been written before the cut.
        long[] newest = new long[Writers];
        for (int i = 0; i < Images; i++)
        {
            byte[] view = world.View("now", $"i{i}");
            for (int sector = 0; sector < Sectors; sector++)
            {
                ReadOnlySpan<long> words = MemoryMarshal.Cast<byte, long>(view.AsSpan(sector * SectorSize, SectorSize));
                Assert.False(words.ContainsAnyExcept(words[0]), "a torn sector");
                Assert.True(words[0] <= after, "a sector from after the cut");
                newest[sector % Writers] = Math.Max(newest[sector % Writers], words[0]);
            }
        }
        for (int w = 0; w < Writers; w++)
            Assert.True(newest[w] >= before[w], $"writer {w}: {before[w]} was acknowledged before the cut, and the view has only {newest[w]}");
    }

    private sealed class DeathException : Exception;
}
