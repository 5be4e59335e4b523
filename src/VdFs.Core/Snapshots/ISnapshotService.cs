using VdFs.Core.Checking;
using VdFs.Core.Errors;
using VdFs.Core.Space;

namespace VdFs.Core.Snapshots;

/// <summary>
/// What commands can ask of the engine. All calls block until done (a cut up to some seconds) and are safe from any thread but
/// those that serve requests without waiting.
/// </summary>
public interface ISnapshotService
{
    /// <summary>
    /// Cuts a snapshot. Without patterns: of everything. With: of the images whose path below the mount matches one of them
    /// (`*` and `?` within a component, `**` across; a pattern without `/` matches the file name anywhere).
    /// </summary>
    Outcome Create(string name, IReadOnlyList<string> patterns, out SnapshotInfo? snapshot);

    /// <summary>Snapshot to checkpoint: its pre-images go, its change records stay.</summary>
    Outcome Release(string name);

    /// <summary>Renames a snapshot or a checkpoint.</summary>
    Outcome Rename(string from, string to);

    /// <summary>Forgets a checkpoint; a snapshot is released first.</summary>
    Outcome Delete(string name);

    /// <summary>All snapshots and checkpoints, oldest cut first.</summary>
    IReadOnlyList<SnapshotInfo> List();

    /// <summary>What changed in an image (path below the mount, UTF-8) since the cut <paramref name="from"/>, up to the cut <paramref name="to"/> or now.</summary>
    Outcome Changes(string image, string from, string? to, out ChangeReport? report);

    EngineStatus Status();

    /// <summary>Changes the bounds of the preserve store, or what happens when it is full, until the mount ends.</summary>
    Outcome Set(SpaceSettings settings);

    /// <summary>Reads all that is kept and says what is wrong with it, while the mount goes on. Long: every pre-image is read.</summary>
    Outcome Check(CheckOptions options, out CheckReport? report);
}
