using VdFs.Core.Catalog;
using VdFs.Core.Checking;
using VdFs.Core.Errors;
using VdFs.Core.Snapshots;
using VdFs.Core.Storage;
using VdFs.Core.Tests.Engine;
using VdFs.TestKit.Memory;

namespace VdFs.Core.Tests.Checking;

/// <summary>A check tells what is wrong, and nothing that isn't.</summary>
public sealed class StateCheckTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_an_engine_left_has_no_faults(bool clean)
    {
        using EngineWorld world = Used();
        if (clean)
            Assert.True(world.Engine.Stop().Succeeded);
        CheckReport report = Check(world);
        Assert.Empty(report.Findings);
        Assert.Equal((2, 2, 1), (report.Images, report.Snapshots, report.Checkpoints));
        Assert.True(report.Records > 4);
        Assert.True(report.Blocks > 4);
    }

    [Fact]
    public void Layouts_of_deltas_that_are_damaged_or_left_over_are_told_and_removed()
    {
        using EngineWorld world = Used();
        string[] names = [.. world.Engine.Snapshots.All.Select(s => s.Name)];
        world.LayOut(names[0], names[^1], "a");
        world.LayOut("", names[^1], "a");
        Assert.Empty(Check(world).Findings);
        string[] paths = [.. world.State.Files.Where(f => f.StartsWith("deltas/", StringComparison.Ordinal))];
        Assert.Equal(2, paths.Length);
        world.State[paths[0]].Write(20, [0xFF, 0xFE], out _);
        foreach (string path in new[] { "deltas/000000000077/1", "deltas/else/1", paths[1] + ".new", paths[1] + "x" })
        {
            Assert.Equal(FsError.None, world.State.CreateFolder(path[..path.LastIndexOf('/')]));
            Assert.Equal(FsError.None, world.State.Open(path, StorageOpen.CreateNew, out IFile? file));
            file!.Dispose();
        }
        StateCheck check = NewCheck(world);
        CheckReport report = check.Run();
        Assert.True(report.Clean);
        Assert.Equal(new[] { paths[0], "deltas/000000000077/", "deltas/else", paths[1] + ".new", paths[1] + "x" }.Order(StringComparer.Ordinal), report.Findings.Select(f => f.Where).Order(StringComparer.Ordinal));
        Assert.Equal(3, check.Repair(() => world.Catalog).Findings.Count(f => f.Repaired));
        Assert.Equal(new[] { "deltas/else", paths[1] + "x" }.Order(StringComparer.Ordinal), Check(world).Findings.Select(f => f.Where).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_cut_that_an_earlier_build_could_not_complete_is_told_and_removed_by_repair_or_by_the_next_mount()
    {
        using EngineWorld world = Used();
        Snapshot last = world.Engine.Snapshots.All[^1];
        // Its pending entry and its record, as version 4 left them.
        var pending = new CatalogCut(last.Number + 1, new byte[16], last.Time.AddSeconds(1), "stuck", CutState.Pending, 0, 0, "");
        byte[] list = world.Catalog.LoadFileList(last.Number);
        foreach (bool repair in new[] { true, false })
        {
            world.Catalog.AddPending(pending, list, []);
            Assert.Equal(FsError.None, world.State.Open("cuts", StorageOpen.OpenOrCreate, out IFile? record));
            Assert.Equal(FsError.None, record!.Write(0, new byte[48], out _));
            record.Dispose();
            StateCheck check = NewCheck(world);
            CheckReport report = check.Run();
            Assert.True(report.Clean);
            Assert.Contains("nobody was told that it was made", Assert.Single(report.Findings).What, StringComparison.Ordinal);
            if (repair)
                Assert.True(Assert.Single(check.Repair(() => world.Catalog).Findings).Repaired);
            else
                world.Restart(clean: false);
            Assert.DoesNotContain(world.Catalog.Load().Cuts, c => c.State == CutState.Pending);
            Assert.Empty(Check(world).Findings);
        }
        Assert.DoesNotContain("cuts", world.State.Files);
        world.Cut("next");
    }

    [Fact]
    public void A_state_in_use_has_no_faults()
    {
        using EngineWorld world = Used();
        world.Create("new");
        world.Write("new", 0, new byte[4096]);
        Assert.True(world.Engine.Check(new CheckOptions(), out CheckReport? report).Succeeded);
        Assert.Empty(report!.Findings);
    }

    [Fact]
    public void A_damaged_record_is_told_and_repaired_to_what_is_certain()
    {
        using EngineWorld world = Used();
        Assert.True(world.Engine.Stop().Succeeded);
        string path = world.State.Files.First(f => f.EndsWith("3.changes", StringComparison.Ordinal));
        world.State[path].Write(4096 + 7, [0xFF], out _);
        StateCheck check = NewCheck(world);
        StateFinding fault = Assert.Single(check.Run().Findings, f => f.Fault);
        Assert.Equal(path, fault.Where);
        Assert.Contains("checksum", fault.What, StringComparison.Ordinal);
        Assert.Contains("lineage", fault.Meaning, StringComparison.Ordinal);
        Assert.True(check.Repair(() => world.Catalog).Clean);
        Assert.True(Check(world).Clean);
        world.Restart(clean: false);
        Assert.Contains(world.Engine.List(), s => s.State.StartsWith("part lost", StringComparison.Ordinal));
        Assert.True(world.Changes("a", "one").Full || world.Changes("b", "one").Full);
    }

    [Fact]
    public void Pre_images_that_are_damaged_or_gone_are_told_for_the_snapshots_that_need_them_only()
    {
        using EngineWorld world = Used();
        string path = world.Preserve.Files.First(f => f.EndsWith(".data", StringComparison.Ordinal));
        Assert.Equal(FsError.None, world.Preserve.Delete(path));
        CheckReport report = Check(world);
        StateFinding fault = Assert.Single(report.Findings);
        Assert.Equal(path, fault.Where);
        Assert.Contains("missing", fault.What, StringComparison.Ordinal);
        Assert.Contains("'two'", fault.Meaning, StringComparison.Ordinal);
        Assert.False(report.Clean);
    }

    [Fact]
    public void Leftovers_and_foreign_files_are_no_faults_and_only_leftovers_are_removed()
    {
        using EngineWorld world = Used();
        Assert.True(world.Engine.Stop().Succeeded);
        Touch(world.State, "notes.txt");
        Touch(world.Preserve, "00000000000000ff/000000000001.data");
        StateCheck check = NewCheck(world);
        CheckReport report = check.Run();
        Assert.True(report.Clean);
        Assert.Equal(2, report.Findings.Count);
        Assert.True(check.Repair(() => world.Catalog).Clean);
        Assert.Contains("notes.txt", world.State.Files);
        Assert.DoesNotContain("00000000000000ff/000000000001.data", world.Preserve.Files);
    }

    [Fact]
    public void A_catalog_that_cannot_be_opened_is_moved_aside_and_never_deleted()
    {
        using EngineWorld world = Used();
        Assert.True(world.Engine.Stop().Succeeded);
        Touch(world.State, "catalog.db");
        Touch(world.State, "catalog.db-wal");
        var check = new StateCheck(world.State, world.Preserve, null, world.Tree, new CheckOptions { Aside = "catalog.db.damaged-1" });
        check.CatalogIsUnreadable("it is damaged", repairable: true);
        Assert.False(check.Run().Clean);
        Assert.True(check.Repair(() => throw new CatalogException(FsError.Io, "there is none")).Clean);
        Assert.Contains("catalog.db.damaged-1", world.State.Files);
        Assert.Contains("catalog.db.damaged-1-wal", world.State.Files);
        Assert.DoesNotContain("catalog.db", world.State.Files);
    }

    [Fact]
    public void A_state_of_another_backing_directory_is_told_as_that()
    {
        using EngineWorld world = Used();
        Assert.True(world.Engine.Stop().Succeeded);
        var elsewhere = new MemoryTree();
        CheckReport report = new StateCheck(world.State, world.Preserve, world.Catalog, elsewhere, new CheckOptions()).Run();
        Assert.Contains("another backing directory", Assert.Single(report.Findings).Meaning, StringComparison.Ordinal);
    }

    private static CheckReport Check(EngineWorld world) => NewCheck(world).Run();

    private static StateCheck NewCheck(EngineWorld world) => new(world.State, world.Preserve, world.Catalog, world.Tree, new CheckOptions());

    private static void Touch(MemoryStorage storage, string path)
    {
        if (path.Contains('/', StringComparison.Ordinal))
            Assert.Equal(FsError.None, storage.CreateFolder(path[..path.LastIndexOf('/')]));
        Assert.Equal(FsError.None, storage.Open(path, StorageOpen.CreateNew, out IFile? file));
        file!.Dispose();
    }

    /// <summary>Two images, two held snapshots and a checkpoint, all with changes in between.</summary>
    private static EngineWorld Used()
    {
        var world = new EngineWorld();
        foreach (string name in new[] { "a", "b" })
        {
            world.Create(name);
            world.Write(name, 0, new byte[100000]);
        }
        int round = 1;
        foreach (string cut in new[] { "one", "two", "three" })
        {
            world.Cut(cut);
            foreach (string name in new[] { "a", "b" })
                world.Write(name, 4096 * round, Enumerable.Repeat((byte)round, 8192).ToArray());
            round++;
        }
        world.Release("one");
        return world;
    }
}
