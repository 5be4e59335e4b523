using VdFs.Core.Backups;
using VdFs.Core.Errors;
using VdFs.Core.Snapshots;

namespace VdFs.Core.Tests.Engine;

/// <summary>Of the cuts that are made for a repository, its newest complete one stays, whatever ends when.</summary>
public sealed class BackupTests
{
    private static readonly string One = new('1', 32);
    private static readonly string Two = new('2', 32);

    [Fact]
    public void A_complete_backup_is_the_base_and_takes_the_former_ones_place()
    {
        using var world = new EngineWorld();
        world.Create("a");
        SnapshotInfo first = Begin(world, One, null);
        Assert.Equal(("leased", One, true), (first.Backup, first.Repository, first.Held));
        Complete(world, One, first);
        Assert.Equal([("backup", false, "complete")], All(world));
        SnapshotInfo second = Begin(world, One, first.CutId);
        Assert.Equal([("backup~1", false, "complete"), ("backup", true, "leased")], All(world));
        Complete(world, One, second);
        Assert.Equal([("backup", false, "complete")], All(world));
        Assert.Equal(second.CutId, world.Engine.List().Single().CutId);
        // The connection ends only after that.
        Assert.True(world.Engine.EndLease(second.CutId).Succeeded);
        Assert.Equal([("backup", false, "complete")], All(world));
    }

    [Fact]
    public void A_backup_that_ended_leaves_the_base_and_the_next_one_clears_it_away()
    {
        using var world = new EngineWorld();
        world.Create("a");
        SnapshotInfo good = Begin(world, One, null);
        Complete(world, One, good);
        SnapshotInfo failed = Begin(world, One, good.CutId);
        Assert.True(world.Engine.EndLease(failed.CutId).Succeeded);
        Assert.Equal(["complete", "ended"], world.Engine.List().Select(s => s.Backup));
        Assert.DoesNotContain(world.Engine.List(), s => s.Held);
        SnapshotInfo next = Begin(world, One, good.CutId);
        Assert.Equal([good.CutId, next.CutId], world.Engine.List().Select(s => s.CutId));
    }

    [Fact]
    public void A_lease_outlasts_its_worker_where_the_mount_goes_on_and_ends_elsewhere()
    {
        using var world = new EngineWorld();
        world.Create("a");
        SnapshotInfo running = Begin(world, One, null);
        world.Options = world.Options with { LeasesStay = true };
        world.Restart(clean: false);
        Assert.True(world.Engine.ResumeBackup(running.CutId, out SnapshotInfo? resumed).Succeeded);
        Assert.Equal((running.Name, true, "leased"), (resumed!.Name, resumed.Held, resumed.Backup));
        Complete(world, One, running);
        // The owner may hear of that at the next worker only.
        Assert.True(world.Engine.ResumeBackup(running.CutId, out _).Succeeded);
        SnapshotInfo next = Begin(world, One, running.CutId);
        world.Options = world.Options with { LeasesStay = false };
        world.Restart(clean: false);
        Assert.Equal(FsError.NotFound, world.Engine.ResumeBackup(next.CutId, out _).Error);
        Assert.DoesNotContain(world.Engine.List(), s => s.Held);
    }

    [Fact]
    public void What_the_repository_calls_complete_is_the_base_though_the_mount_was_never_told()
    {
        using var world = new EngineWorld();
        world.Create("a");
        SnapshotInfo old = Begin(world, One, null);
        Complete(world, One, old);
        SnapshotInfo untold = Begin(world, One, old.CutId);
        Assert.True(world.Engine.EndLease(untold.CutId).Succeeded);
        SnapshotInfo next = Begin(world, One, untold.CutId);
        Assert.Equal([(untold.CutId, "complete"), (next.CutId, "leased")], world.Engine.List().Select(s => (s.CutId, s.Backup)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_lease_ends_with_the_mount(bool clean)
    {
        using var world = new EngineWorld();
        world.Create("a");
        world.Write("a", 0, new byte[4096]);
        SnapshotInfo leased = Begin(world, One, null);
        Assert.Equal(FsError.Busy, world.Engine.BeginBackup(new(One, null, "again", []), out _).Error);
        world.Restart(clean);
        Assert.Equal([("backup", false, "ended")], All(world));
        // Its copy was whole after all: then it is the base.
        Complete(world, One, leased);
        Assert.Equal([("backup", false, "complete")], All(world));
    }

    [Fact]
    public void Repositories_do_not_disturb_each_other_or_checkpoints_of_people()
    {
        using var world = new EngineWorld(new EngineOptions { MaxCheckpoints = 4 });
        world.Create("a");
        SnapshotInfo one = Begin(world, One, null, "one");
        SnapshotInfo two = Begin(world, Two, null, "two");
        Complete(world, One, one);
        Complete(world, Two, two);
        for (int night = 0; night < 6; night++)
        {
            world.Cut("tonight");
            world.Release("tonight");
        }
        // The limit takes what no backup builds on.
        Assert.Equal(["one", "two", "tonight~1", "tonight"], world.Engine.List().Select(s => s.Name));
        SnapshotInfo next = Begin(world, One, one.CutId, "one");
        Complete(world, One, next);
        Assert.Equal(["two", "tonight~1", "tonight", "one"], world.Engine.List().Select(s => s.Name));
    }

    [Fact]
    public void A_cut_that_is_gone_is_told_when_its_backup_is_complete()
    {
        using var world = new EngineWorld();
        SnapshotInfo leased = Begin(world, One, null);
        Assert.True(world.Engine.Delete("backup").Succeeded);
        Assert.Equal(FsError.NotFound, world.Engine.CompleteBackup(One, leased.CutId).Error);
        Assert.Equal(FsError.NotFound, world.Engine.CompleteBackup("no id", "none").Error);
        Assert.Equal(FsError.InvalidArgument, world.Engine.BeginBackup(new("no id", null, "backup", []), out _).Error);
        Assert.Equal(FsError.InvalidArgument, world.Engine.BeginBackup(new(One, "no id", "backup", []), out _).Error);
        Assert.Equal(FsError.InvalidArgument, world.Engine.BeginBackup(new(One, null, "no name", []), out _).Error);
        Assert.Empty(world.Engine.List());
    }

    [Fact]
    public void A_revoked_lineage_makes_the_next_deltas_full_ones_and_leaves_views_alone()
    {
        using var world = new EngineWorld();
        world.Create("a");
        world.Write("a", 0, new byte[] { 1 });
        world.Cut("old");
        world.Write("a", 0, new byte[] { 2 });
        string id = $"{world.Engine.StateId}-{world.Open("a").Image.Id.Value}";
        Assert.True(world.Engine.RevokeLineage(id, "a block differs").Succeeded);
        Assert.Equal(1, world.View("old", "a")[0]);
        Assert.True(world.Engine.Changes("a", "old", null, out ChangeReport? report).Succeeded);
        Assert.True(report!.Full);
        Assert.Contains("a block differs", report.Reason, StringComparison.Ordinal);
        world.Cut("new");
        world.Restart(clean: true);
        Assert.True(world.Engine.Changes("a", "new", null, out report).Succeeded);
        Assert.False(report!.Full);
        Assert.True(world.Engine.Changes("a", "old", "new", out report).Succeeded);
        Assert.True(report!.Full);
        Assert.Equal(FsError.NotFound, world.Engine.RevokeLineage("other-1", "").Error);
        Assert.Equal(FsError.NotFound, world.Engine.RevokeLineage($"{world.Engine.StateId}-999999", "").Error);
    }

    private static SnapshotInfo Begin(EngineWorld world, string repository, string? last, string name = "backup")
    {
        Outcome outcome = world.Engine.BeginBackup(new(repository, last, name, []), out SnapshotInfo? snapshot);
        Assert.True(outcome.Succeeded, outcome.Message);
        return snapshot!;
    }

    private static void Complete(EngineWorld world, string repository, SnapshotInfo cut)
    {
        Outcome outcome = world.Engine.CompleteBackup(repository, cut.CutId);
        Assert.True(outcome.Succeeded, outcome.Message);
    }

    private static IEnumerable<(string Name, bool Held, string Backup)> All(EngineWorld world) => world.Engine.List().Select(s => (s.Name, s.Held, s.Backup));
}
