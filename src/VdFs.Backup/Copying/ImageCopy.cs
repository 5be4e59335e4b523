using VdFs.Backup.Comparing;
using VdFs.Backup.Mounts;
using VdFs.Backup.Paths;
using VdFs.Backup.Repositories;
using VdFs.Core.Errors;
using VdFs.Core.Qcow2;
using VdFs.Core.Snapshots;
using VdFs.Core.Storage;

namespace VdFs.Backup.Copying;

/// <summary>
/// Takes images of a snapshot into a repository: file, then its record, then a look at what was written. Nothing of it counts until a manifest names it.
/// Safe from any thread, for different images.
/// </summary>
internal sealed class ImageCopy(Repository repository, MountedView view, MountCut cut, IMountService service, BackupOptions options, IBackupObserver observer)
{
    private readonly RateLimit limit = new(options.RateLimit);
    private readonly UnchangedCheck check = new(options.CheckShare);

    /// <exception cref="ViewException">The snapshot can't be read.</exception>
    public async Task<BackupImage> TakeAsync(ImagePlan plan, CancellationToken cancellation)
    {
        observer.Started(plan.View.Path, plan.Way, plan.Reason, plan.Bytes);
        plan = await MistrustAsync(plan, cancellation).ConfigureAwait(false);
        var taken = plan.Way switch
        {
            BackupWay.Unchanged => Same(plan, 0, plan.Base!.File, plan.Base.Content),
            BackupWay.Incremental => TakeChanges(plan, cancellation),
            BackupWay.Compared => TakeDifferences(plan, cancellation),
            _ => TakeWhole(plan, cancellation),
        };
        observer.Finished(taken);
        return taken;
    }

    /// <summary>Looks at blocks that are said to be unchanged. If one differs, what the mount recorded isn't believed, by nobody, and the image is compared as a whole.</summary>
    private async Task<ImagePlan> MistrustAsync(ImagePlan plan, CancellationToken cancellation)
    {
        if (options.CheckShare <= 0 || plan.Way is not (BackupWay.Unchanged or BackupWay.Incremental))
            return plan;
        long? different;
        using (var before = ImageReader.Open(repository.OpenChain(plan.Base!)))
        using (var image = view.OpenImage(plan.View.Path))
        {
            // Not counted as copied, but held to the same rate.
            var limited = new LimitedSource(image, plan.View.Path, limit, NoProgress.Of(observer), cancellation);
            different = Guard(plan.View.Path, () => check.FindDifference(image, limited, before, plan));
        }
        if (different is not { } at)
            return plan;
        string reason = $"byte {at} differs from the backup {plan.Base!.File} though nothing was recorded there";
        observer.Warn($"{plan.View.Path}: {reason}. Its lineage is broken now, for every repository; all of it is compared with the last backup in this run. Find out who wrote past the mount.");
        await service.BreakLineageAsync(plan.Image, reason, cancellation).ConfigureAwait(false);
        return plan with { Way = BackupWay.Compared, Reason = reason, Extents = [], Zeros = [] };
    }

    private BackupImage TakeWhole(ImagePlan plan, CancellationToken cancellation)
    {
        using var image = view.OpenImage(plan.View.Path);
        var data = image.Data().Select(Extent).ToList();
        var choice = new ClusterChoice();
        foreach (var (start, length) in data)
            choice.Add(start, start + length);
        int bits = choice.Bits(Qcow2Limits.RoundUp(plan.View.Size));
        var runs = ClusterRunList.FromRanges(data, [], plan.View.Size, bits);
        return Write(plan, image, bits, runs, null, null, cancellation);
    }

    private BackupImage TakeChanges(ImagePlan plan, CancellationToken cancellation)
    {
        using var image = view.OpenImage(plan.View.Path);
        var data = Ranges.Union(plan.Extents.Select(e => (e.Start, e.Start + e.Length)), Boundary(plan)).ToList();
        int bits = Qcow2Limits.DeltaClusterBits(plan.View.Size, data.Total(r => r.End - r.Start));
        var zeros = Ranges.Subtract(plan.Zeros.Select(e => (e.Start, e.Start + e.Length)), data);
        var runs = ClusterRunList.FromRanges(data.Select(Extent), zeros.Select(Extent), plan.View.Size, bits);
        if (!options.DropSame)
            return Write(plan, image, bits, runs, new(plan.Base!.File, plan.Base.Content), null, cancellation);
        using var before = ImageReader.Open(repository.OpenChain(plan.Base!));
        return Write(plan, image, bits, runs, new(plan.Base!.File, plan.Base.Content), before, cancellation);
    }

    private BackupImage TakeDifferences(ImagePlan plan, CancellationToken cancellation)
    {
        using var image = view.OpenImage(plan.View.Path);
        using var before = ImageReader.Open(repository.OpenChain(plan.Base!));
        int bits = Qcow2Limits.DeltaClusterBits(plan.View.Size, plan.View.Size);
        var limited = new LimitedSource(image, plan.View.Path, limit, observer, cancellation);
        var ranges = Ranges.Widen(Ranges.Union(image.Data(), before.Data(plan.View.Size)), 1 << bits);
        var different = Guard(plan.View.Path, () => new ContentComparison(limited, before).Differences(ranges, 1 << bits, plan.View.Size).ToList());
        if (different.Count == 0 && plan.View.Size == plan.Base!.Size)
            return Same(plan, 0, plan.Base.File, plan.Base.Content);
        var data = Ranges.Union(different, Boundary(plan));
        var runs = ClusterRunList.FromRanges(data.Select(Extent), [], plan.View.Size, bits);
        return Write(plan, image, bits, runs, new(plan.Base!.File, plan.Base.Content), null, cancellation, zerosAlways: true);
    }

    private BackupImage Write(
        ImagePlan plan, ViewFile image, int bits, IReadOnlyList<ClusterRun> runs, BackingFile? backing, IClusterSource? before, CancellationToken cancellation, bool zerosAlways = false)
    {
        var path = plan.View.Path;
        RelativePath file;
        try
        {
            file = RepositoryPaths.Image(path, cut.Time);
        }
        catch (ArgumentException e)
        {
            throw new ViewException(FsError.NameTooLong, $"The path of '{path}' is too long for a repository: {e.Message}.");
        }
        var content = new Qcow2StreamWriter(plan.View.Size, bits, runs, backing is null ? null : RepositoryPaths.BackingName(file, backing.File))
        {
            DropZeros = options.DropZeros || zerosAlways,
            Base = before,
        };
        var limited = new LimitedSource(image, path, limit, observer, cancellation);
        var record = QcowFiles.Write(repository, file, content, limited, new(plan.Image, Qcow2Limits.RoundUp(plan.View.Size), backing), e => SourceFailed(path, e), cancellation, out long stored);
        QcowFiles.Verify(repository, file, record);
        return Same(plan, record.Forms[0].DataBytes, file, record.Content) with { StoredBytes = stored };
    }

    private static BackupImage Same(ImagePlan plan, long data, RelativePath file, string content) =>
        new(plan.View.Path, plan.Image, plan.View.Size, plan.View.Attributes, plan.Way, plan.Reason, data, file, content);

    /// <summary>
    /// Where an image that grew or shrank ended, or ends, within a block: what lies behind that end isn't the image's, and must not show through later.
    /// </summary>
    private static IEnumerable<(long Start, long End)> Boundary(ImagePlan plan)
    {
        long end = Math.Min(plan.View.Size, plan.Base!.Size);
        return plan.View.Size == plan.Base.Size || end % 4096 == 0 ? [] : [(end / 4096 * 4096, Math.Min((end / 4096 * 4096) + 4096, plan.View.Size))];
    }

    private static Extent Extent((long Start, long End) range) => new(range.Start, range.End - range.Start);

    private ViewException SourceFailed(RelativePath path, FsError error) => view.Failed(path, error);

    private T Guard<T>(RelativePath path, Func<T> compare)
    {
        try
        {
            return compare();
        }
        catch (ComparisonException e) when (e.IsLeft)
        {
            throw SourceFailed(path, e.Error);
        }
    }
}
