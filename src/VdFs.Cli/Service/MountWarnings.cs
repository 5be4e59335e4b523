using VdFs.Cli.Composition;
using VdFs.Cli.Output;
using VdFs.Core.Snapshots;

namespace VdFs.Cli.Service;

/// <summary>
/// All that is wrong with a mount that answers, a short sentence each, the same for people, JSON and monitoring. Only what someone should do something about: what
/// alarms for nothing hides what doesn't.
/// </summary>
internal static class MountWarnings
{
    private const int SnapshotsNamed = 5;

    /// <summary>The filesystem of the images counts as nearly full below a twentieth of it, or this.</summary>
    private const long LittleRoom = 1L << 30;

    public static List<string> Of(MountStatus status, IReadOnlyList<SnapshotInfo> snapshots)
    {
        var warnings = new List<string>();
        var broken = snapshots.Where(one => one.Held && one.State != "whole").ToList();
        warnings.AddRange(broken.Take(SnapshotsNamed).Select(one => $"snapshot {one.Name} is {one.State}"));
        if (broken.Count > SnapshotsNamed)
            warnings.Add($"{Units.Plural(broken.Count - SnapshotsNamed, "more snapshot is", "more snapshots are")} lost or damaged (`vdfs snapshot list` shows them)");
        if (status.ImagesTotal > 0 && status.ImagesFree < Math.Min(status.ImagesTotal / 20, LittleRoom))
            warnings.Add($"the filesystem of the images is {(status.ImagesFree == 0 ? "full" : "nearly full")}: {Units.Bytes(status.ImagesFree)} free of {Units.Bytes(status.ImagesTotal)}");
        var engine = status.Engine;
        if (engine.Space.Warning.Length > 0)
            warnings.Add("the preserve store is " + engine.Space.Warning);
        if (engine.Space.WaitingWriters > 0)
            warnings.Add($"{Units.Plural(engine.Space.WaitingWriters, "request waits", "requests wait")} for room in the preserve store");
        if (engine.Space.StateReserve < engine.Space.StateReserveSize / 2)
            warnings.Add("the state directory is full: records and catalog use what was set aside for them");
        if (status.Descriptors is { Warning.Length: > 0 } descriptors)
            warnings.Add(descriptors.Warning);
        if (engine.ClockBehindSeconds > 0)
            warnings.Add($"the clock lies {Units.Duration(TimeSpan.FromSeconds(engine.ClockBehindSeconds))} behind the last cut: it was set back, or was ahead then. Backups are kept and pruned by what it says; if it is wrong, set it");
        if (status.Holder == MountHolders.None)
            warnings.Add(Mounting.MountAdmission.Orphan(status.Mount.MountPoint));
        return warnings;
    }
}
