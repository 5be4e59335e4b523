using VdFs.Backup.Mounts;
using VdFs.Backup.Repositories;
using VdFs.Core.Deltas;
using VdFs.Core.Snapshots;
using VdFs.Core.Storage;

namespace VdFs.Backup.Copying;

/// <summary>
/// Decides per image: full, incremental or unchanged, and on which file of the repository. Incremental only if all of this holds: the repository has the image, by its
/// id; the mount still knows the cut of that backup and says what changed since, without a doubt; the chain of that backup is there.
/// </summary>
internal sealed class BackupPlanner
{
    private readonly Repository repository;
    private readonly BackupOptions options;
    private readonly MountedView view;
    private readonly Dictionary<string, MountCut> cuts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (BackupManifest Backup, BackupImage Image)> newest = new(StringComparer.Ordinal);
    private readonly BackupManifest? last;

    /// <param name="backups">In the order in which they were made.</param>
    /// <param name="known">All cuts of the mount, the new one too.</param>
    public BackupPlanner(Repository repository, IReadOnlyList<BackupListing> backups, BackupOptions options, MountedView view, IReadOnlyList<MountCut> known)
    {
        this.repository = repository;
        this.options = options;
        this.view = view;
        foreach (var cut in known)
            cuts[cut.CutId] = cut;
        foreach (var backup in backups)
        {
            if (backup.Manifest is not { } manifest)
                continue;
            bool usable = cuts.ContainsKey(manifest.CutId);
            // The newest whose cut the mount still has; without any, the newest.
            foreach (var image in manifest.Images)
            {
                if (usable || !newest.TryGetValue(image.Image, out var other) || !cuts.ContainsKey(other.Backup.CutId))
                    newest[image.Image] = (manifest, image);
            }
            if (usable || last is null || !cuts.ContainsKey(last.CutId))
                last = manifest;
        }
    }

    /// <exception cref="ViewException">The snapshot says nothing about it.</exception>
    public ImagePlan Plan(ViewImage image)
    {
        var guess = last is null ? null : cuts.GetValueOrDefault(last.CutId);
        var described = guess is null ? null : view.Describe(image.Path, guess);
        described ??= DescribeAlone(image);
        if (!newest.TryGetValue(described.Image, out var before))
            return TakeWhole(image, described, last is null ? "it is the first backup of this repository" : "the repository has no backup of it", SamePath(image));
        if (options.Full)
            return TakeWhole(image, described, "that was asked for", before.Image);
        if (Problem(before.Image) is { } problem)
            return TakeWhole(image, described, $"the last backup of it, {before.Backup.Id}, can't be built upon: {problem}", null);
        if (described.From?.CutId != before.Backup.CutId)
        {
            // It isn't in the newest backup, or is full since that one's cut isn't known.
            var from = cuts.GetValueOrDefault(before.Backup.CutId);
            var again = from is null ? null : view.Describe(image.Path, from);
            if (again is null)
                return TakeWhole(image, described, $"the mount no longer knows the cut of the last backup of it, {before.Backup.Id}", before.Image);
            described = again;
        }
        if (described.Full)
            return TakeWhole(image, described, described.Reason.Length > 0 ? described.Reason : "the mount doesn't say what changed", before.Image);
        var way = described.Extents.Count + described.Zeros.Count == 0 && described.Size == before.Image.Size ? BackupWay.Unchanged : BackupWay.Incremental;
        return new(image, described.Image, way, "", before.Image, described.Extents, described.Zeros) { Bytes = described.Extents.Total(e => e.Length) };
    }

    private ImagePlan TakeWhole(ViewImage image, DeltaDescription described, string reason, BackupImage? before)
    {
        long bytes = 0;
        using (var file = view.OpenImage(image.Path))
        {
            foreach (var (start, end) in file.Data())
                bytes += end - start;
        }
        bool compare = options.Rebase && !options.Full && before is not null && Problem(before) is null;
        return new(image, described.Image, compare ? BackupWay.Compared : BackupWay.Full, reason, compare ? before : null, [], []) { Bytes = bytes };
    }

    private DeltaDescription DescribeAlone(ViewImage image) =>
        view.Describe(image.Path, null) ?? throw new ViewException(Core.Errors.FsError.Io, $"The mount says nothing about '{image.Path}' in the new snapshot; use the same version of vdfs as the mount.");

    private BackupImage? SamePath(ViewImage image) => last?.Images.FirstOrDefault(i => i.Path == image.Path);

    /// <summary>Why nothing can be written on top of it; null: nothing speaks against it.</summary>
    private string? Problem(BackupImage image)
    {
        try
        {
            using var chain = repository.OpenChain(image);
            return null;
        }
        catch (DamagedException e)
        {
            return e.Message;
        }
    }
}
