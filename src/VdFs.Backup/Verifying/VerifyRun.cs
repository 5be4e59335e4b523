using VdFs.Backup.Comparing;
using VdFs.Backup.Mounts;
using VdFs.Backup.Native;
using VdFs.Backup.Paths;
using VdFs.Backup.Repositories;
using VdFs.Core.Errors;
using VdFs.Core.Qcow2;
using VdFs.Core.Storage;

namespace VdFs.Backup.Verifying;

/// <summary>
/// Looks whether backups can be restored: manifest, record, every link of every chain, every file's sum and structure. Each file is read once. Changes nothing
/// and needs no lock; what a prune removes meanwhile isn't missed.
/// </summary>
public sealed class VerifyRun(Repository repository, IProgressObserver observer)
{
    private readonly List<VerifyFinding> findings = [];

    /// <summary>By file: what is wrong with it, null if nothing.</summary>
    private readonly Dictionary<(RelativePath, string), string?> looked = [];

    /// <summary>Files that backups lead to.</summary>
    private readonly HashSet<RelativePath> reached = [];

    private int images;
    private int files;
    private long bytes;

    /// <param name="backup">Null: all.</param>
    /// <param name="against">A folder whose files the images of the one backup are compared with; null: none.</param>
    public VerifyReport Run(BackupManifest? backup, string? against, CancellationToken cancellation)
    {
        IReadOnlyList<BackupListing> all = backup is null ? repository.Backups() : [new(backup.Id, backup, null)];
        observer.Planned(all.Sum(b => b.Manifest?.Images.Count ?? 0), Bytes(all));
        foreach (var one in all)
        {
            if (one.Manifest is not { } manifest)
            {
                findings.Add(new(one.Id, null, one.Problem!));
                continue;
            }
            foreach (var missing in manifest.Missing)
                findings.Add(new(one.Id, missing.Path.Text, missing.Reason, VerifyFinding.Missing) { ImageBytes = missing.Path.NotText });
            foreach (var image in manifest.Images)
                Verify(one.Id, image, cancellation);
        }
        if (backup is not null && against is not null)
            Compare(backup, against, cancellation);
        if (backup is null)
            LookForStrays(all);
        return new(all.Count, images, files, bytes, findings);
    }

    /// <summary>Files that no backup leads to, and nobody is at work: then a manifest was lost that did.</summary>
    private void LookForStrays(IReadOnlyList<BackupListing> all)
    {
        if (findings.Exists(f => f.Kind != VerifyFinding.Missing) || repository.Store.Exists(RepositoryPaths.Unfinished))
            return;
        var strays = repository.Store.List(RepositoryPaths.Images).Where(f => RepositoryPaths.IsImage(f) && !reached.Contains(f)).ToList();
        bool same = repository.Backups().Select(b => b.Id).SequenceEqual(all.Select(b => b.Id));
        if (strays.Count > 0 && same && !repository.Store.Exists(RepositoryPaths.Unfinished))
        {
            findings.Add(new(null, null,
                $"{strays.Count} files belong to no backup, {repository.Place}/{strays[0]} first: the manifest of a backup is missing. Put it back from a copy of the repository; if it is to be gone, the next `vdfs prune` removes these files.", VerifyFinding.Stray));
        }
    }

    private static long Bytes(IReadOnlyList<BackupListing> all) =>
        all.SelectMany(b => b.Manifest?.Images ?? []).DistinctBy(i => i.File).Total(i => i.DataBytes);

    private void Verify(string backup, BackupImage image, CancellationToken cancellation)
    {
        images++;
        observer.Started(image.Path, image.DataBytes);
        string outcome = $"whole in {backup}";
        try
        {
            using var chain = repository.OpenChain(image);
            foreach (var link in chain.Links)
            {
                reached.Add(link.File);
                var key = (link.File, link.Form.Sha256);
                if (!looked.TryGetValue(key, out string? problem))
                    looked[key] = problem = Look(chain, link, image, cancellation);
                if (problem is not null)
                    throw new DamagedException(problem);
            }
            if (Qcow2Limits.RoundUp(image.Size) != chain.Top.Record.VirtualSize)
                throw new DamagedException($"{repository.Place}/{image.File} shows {chain.Top.Record.VirtualSize} bytes, and the image has {image.Size}.");
        }
        catch (BackupException e)
        {
            bool pruned = !repository.Store.Exists(RepositoryPaths.Manifest(backup));
            outcome = pruned ? $"pruned with {backup} meanwhile" : $"damaged in {backup}: {e.Message}";
            if (!pruned)
                findings.Add(new(backup, image.Path.Text, e.Message) { ImageBytes = image.Path.NotText });
        }
        observer.Finished(image.Path, outcome);
    }

    private string? Look(FileChain chain, ChainLink link, BackupImage image, CancellationToken cancellation)
    {
        files++;
        bytes += link.Data.Length;
        try
        {
            chain.CheckLink(link, n => observer.Advanced(image.Path, n), cancellation);
            ImageReader.OpenFile(chain, link).Verify();
            return null;
        }
        catch (Qcow2Exception e)
        {
            return $"{repository.Place}/{link.File}: {e.Message}.";
        }
        catch (BackupException e)
        {
            return e.Message;
        }
    }

    /// <summary>Compares every image with the file at its path, byte by byte: a held snapshot's view, or a restored tree.</summary>
    private void Compare(BackupManifest backup, string against, CancellationToken cancellation)
    {
        FsError error = NativeFolder.Open(against, out var folder);
        if (folder is null)
            throw new BackupException(error, $"{against} can't be opened: {ErrorWords.Of(error)}.");
        using (folder)
        {
            foreach (var image in backup.Images)
            {
                cancellation.ThrowIfCancellationRequested();
                try
                {
                    if (Difference(folder, image) is { } difference)
                        findings.Add(new(backup.Id, image.Path.Text, $"It differs from {against}/{image.Path}: {difference}.", VerifyFinding.Different) { ImageBytes = image.Path.NotText });
                }
                catch (BackupException e)
                {
                    findings.Add(new(backup.Id, image.Path.Text, $"It can't be compared with {against}/{image.Path}: {e.Message}", VerifyFinding.Different) { ImageBytes = image.Path.NotText });
                }
            }
        }
    }

    private string? Difference(NativeFolder folder, BackupImage image)
    {
        FsError error = folder.OpenFile(image.Path, Libc.O_RDONLY | Libc.O_NONBLOCK, 0, out var handle);
        if (handle is null)
            return error == FsError.NotFound ? "there is no such file" : ErrorWords.Of(error);
        error = NativeFolder.Stat(handle, out var attributes);
        using var file = new ViewFile(handle, attributes.Size);
        if (error != FsError.None || attributes.Size != image.Size)
            return error != FsError.None ? ErrorWords.Of(error) : $"{attributes.Size} bytes there, {image.Size} here";
        using var reader = ImageReader.Open(repository.OpenChain(image));
        var ranges = Ranges.Widen(Ranges.Union(file.Data(), reader.Data(image.Size)), 4096);
        foreach (var (start, _) in new ContentComparison(file, reader).Differences(ranges, 4096, image.Size))
            return $"from byte {start} on, in a block of 4096";
        return null;
    }
}
