using VdFs.Core.Backups;
using VdFs.Core.Checking;
using VdFs.Core.Errors;
using VdFs.Core.Snapshots;
using VdFs.Core.Space;

namespace VdFs.Cli.Tests;

/// <summary>Snapshots by name, without images; what it answers to `changes` is set by the test.</summary>
internal sealed class FakeSnapshotService : ISnapshotService, IBackupService
{
    private readonly List<SnapshotInfo> all = [];

    public ChangeReport? Report { get; set; }

    public IReadOnlyList<string> LastPatterns { get; private set; } = [];

    public (string Image, string From, string? To) LastChanges { get; private set; }

    public Exception? Broken { get; set; }

    public Outcome Create(string name, IReadOnlyList<string> patterns, out SnapshotInfo? snapshot)
    {
        snapshot = null;
        if (Broken is not null)
            throw Broken;
        LastPatterns = patterns;
        if (name.StartsWith('.'))
            return Outcome.Failed(FsError.InvalidArgument, $"\"{name}\" can't be a snapshot's name.");
        if (name == "full")
            return Outcome.Failed(FsError.NoSpace, "The state directory is full.");
        if (all.Exists(one => one.Name == name && one.Held))
            return Outcome.Failed(FsError.AlreadyExists, $"The snapshot {name} is held already; release it first.");
        snapshot = new(name, new string('a', 32), all.Count + 1, DateTimeOffset.UnixEpoch.AddDays(all.Count), true, 3, 5L << 30, 4096, "whole");
        all.Add(snapshot);
        return Outcome.Success;
    }

    /// <summary>As if it had been given up.</summary>
    public void Lose(string name, string why) => Change(name, one => one with { State = "lost: " + why });

    public Outcome Release(string name) => Change(name, one => one with { Held = false, PreservedBytes = 0 });

    public Outcome Rename(string from, string to) => Change(from, one => one with { Name = to });

    public Outcome Delete(string name) => Change(name, _ => null);

    public IReadOnlyList<SnapshotInfo> List() => [.. all];

    public Outcome Changes(string image, string from, string? to, out ChangeReport? report)
    {
        LastChanges = (image, from, to);
        report = Report;
        return report is null ? Outcome.Failed(FsError.NotFound, $"There is no cut {from}.") : Outcome.Success;
    }

    public EngineStatus Status() => new(all.Count + 1, 7, 2, 1000, 10, 40960, 1L << 40, 1L << 39, 1.25, new(3L << 20, 0, 4L << 20, "4M", 75, "give-up", 30, 0, "", 1 << 20, 1 << 20));

    public SpaceSettings? LastSettings { get; private set; }

    public Outcome Set(SpaceSettings settings)
    {
        LastSettings = settings;
        return Outcome.Success;
    }

    public CheckReport Checked { get; set; } = new(7, 1, 2, 9, 10, []);

    /// <summary>How a check ends.</summary>
    public Outcome Refusal { get; set; } = Outcome.Success;

    /// <summary>What a check does before it answers.</summary>
    public Action<CheckOptions> Checking { get; set; } = static _ => { };

    public Outcome Check(CheckOptions options, out CheckReport? report)
    {
        Checking(options);
        report = Refusal.Succeeded ? Checked : null;
        return Refusal;
    }

    public string StateId { get; } = new('5', 32);

    public TaskCompletionSource<string> LeaseEnded { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public List<string> Calls { get; } = [];

    public Outcome BeginBackup(BackupStart start, out SnapshotInfo? snapshot) => Create(start.Name, start.Patterns, out snapshot);

    public Outcome CompleteBackup(string repository, string cutId)
    {
        Calls.Add($"complete {repository} {cutId}");
        return Outcome.Success;
    }

    public Outcome ResumeBackup(string cutId, out SnapshotInfo? snapshot)
    {
        snapshot = List().FirstOrDefault(one => one.CutId == cutId && one.Held);
        return snapshot is null ? Outcome.Failed(FsError.NotFound, "the snapshot of this backup is no longer held for it") : Outcome.Success;
    }

    public Outcome EndLease(string cutId)
    {
        LeaseEnded.TrySetResult(cutId);
        return Outcome.Success;
    }

    public Outcome RevokeLineage(string image, string reason)
    {
        Calls.Add($"revoke {image}: {reason}");
        return Outcome.Success;
    }

    private Outcome Change(string name, Func<SnapshotInfo, SnapshotInfo?> change)
    {
        int at = all.FindIndex(one => one.Name == name);
        if (at < 0)
            return Outcome.Failed(FsError.NotFound, $"There is no snapshot {name}.");
        if (change(all[at]) is { } changed)
            all[at] = changed;
        else
            all.RemoveAt(at);
        return Outcome.Success;
    }
}
