using VdFs.Backup.Repositories;
using VdFs.Core.Errors;
using VdFs.Core.Qcow2;
using VdFs.Core.Snapshots;
using VdFs.Core.Storage;

namespace VdFs.Backup.Comparing;

/// <summary>What differs between two backups of a repository.</summary>
public static class BackupDiff
{
    /// <summary>Compares images by their identity, so that a renamed one is compared with what it was; and by path where the identity is another.</summary>
    /// <param name="paths">Which images, by their path in either; empty: all.</param>
    /// <param name="exact">Compares contents, where else what was stored between the two counts as different.</param>
    public static IReadOnlyList<ImageDiff> Compare(Repository repository, BackupManifest older, BackupManifest newer, IReadOnlyList<string> paths, bool exact, CancellationToken cancellation)
    {
        if (paths.FirstOrDefault(p => !older.Images.Concat(newer.Images).Any(i => Wanted([p], i))) is { } unknown)
            throw new BackupException(FsError.NotFound, $"Neither {older.Id} nor {newer.Id} has an image '{ByteText.Show(unknown)}'; `vdfs list {repository.Place}@{newer.Id}` lists images.");
        var rest = older.Images.ToDictionary(i => i.Path);
        var result = new List<ImageDiff>();
        foreach (var image in newer.Images)
        {
            cancellation.ThrowIfCancellationRequested();
            var before = older.Images.FirstOrDefault(i => i.Image == image.Image) ?? rest.GetValueOrDefault(image.Path);
            if (before is not null)
                rest.Remove(before.Path);
            if (Wanted(paths, image) || (before is not null && Wanted(paths, before)))
                result.Add(before is null ? new(image.Path, null, "new", 0, image.Size, []) : Compare(repository, before, image, exact));
        }
        result.AddRange(rest.Values.Where(i => Wanted(paths, i)).Select(i => new ImageDiff(i.Path, null, "deleted", i.Size, 0, [])));
        return [.. result.OrderBy(d => d.Path)];
    }

    private static bool Wanted(IReadOnlyList<string> paths, BackupImage image) => paths.Count == 0 || paths.Any(p => image.Path.Bytes.SequenceEqual(ByteText.Encode(p.TrimStart('/'))));

    private static ImageDiff Compare(Repository repository, BackupImage older, BackupImage newer, bool exact)
    {
        Paths.RelativePath? former = older.Path == newer.Path ? null : older.Path;
        if (older.Content == newer.Content && older.Size == newer.Size)
            return new(newer.Path, former, former is null ? "same" : "renamed", older.Size, newer.Size, []);
        using var before = ImageReader.Open(repository.OpenChain(older));
        using var after = ImageReader.Open(repository.OpenChain(newer));
        var extents = Changed(before, after, exact, Math.Max(older.Size, newer.Size)).Select(r => new Extent(r.Start, r.End - r.Start)).ToList();
        return new(newer.Path, former, extents.Count == 0 && older.Size == newer.Size ? "same" : "changed", older.Size, newer.Size, extents);
    }

    private static IEnumerable<(long Start, long End)> Changed(ImageReader before, ImageReader after, bool exact, long size)
    {
        // What lies above the older one's top in the newer one's chain was written since; without such a place all of both may differ.
        int common = after.Files.Links.FindIndex(l => l.File == before.Files.Top.File && l.Record.Content == before.Files.Top.Record.Content);
        IEnumerable<(long Start, long End)> candidates;
        if (common < 1)
        {
            candidates = Ranges.Union(before.Data(size), after.Data(size));
        }
        else
        {
            var told = new Qcow2Diff(after.Chain, common);
            candidates = Ranges.Union(told.Data.Select(e => (e.Start, e.Start + e.Length)), told.Zeros.Select(e => (e.Start, e.Start + e.Length)));
        }
        if (!exact && common >= 1)
            return candidates;
        return new ContentComparison(before, after).Differences(Ranges.Widen(candidates, 4096), 4096, size);
    }
}
