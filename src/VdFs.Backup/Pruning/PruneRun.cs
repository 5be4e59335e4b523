using VdFs.Backup.Copying;
using VdFs.Backup.Paths;
using VdFs.Backup.Repositories;
using VdFs.Core.Errors;
using VdFs.Core.Qcow2;
using VdFs.Core.Storage;

namespace VdFs.Backup.Pruning;

/// <summary>
/// Removes backups by a policy and shortens the chains of those that stay. In an order in which every backup that is there can be restored at every instant,
/// whatever dies: first the manifests of backups that go; then, file by file, a merged file takes the place of the one that it is made of, once its record
/// says that the file may be either; then the files that nothing needs any more. What a dead prune leaves, the next writer settles.
/// </summary>
public sealed class PruneRun(Repository repository, PruneOptions options, IProgressObserver observer)
{
    private readonly List<string> problems = [];
    private int merged;
    private long written;
    private int removed;
    private long removedBytes;

    /// <exception cref="BackupException">Nothing, or not all, was done; no backup that was to stay is harmed.</exception>
    public PruneReport Run(CancellationToken cancellation)
    {
        if (options.Policy.IsEmpty && !options.RemoveDamaged)
            throw new BackupException(FsError.InvalidArgument, "Nothing says which backups are to stay: name at least one of --keep-last, -hourly, -daily, -weekly, -monthly, -yearly.");
        if (options.DryRun)
        {
            var wouldBe = Choose(repository.Backups());
            return new(wouldBe, Plan(Staying(wouldBe)).Count, 0, 0, 0, problems);
        }
        using var writer = RepositoryWriter.Begin(repository, observer.Tell);
        var chosen = Choose(writer.Backups);
        writer.BeginChanges();
        foreach (var gone in chosen.Where(b => b.Reason.Length == 0))
        {
            cancellation.ThrowIfCancellationRequested();
            repository.Store.Delete(RepositoryPaths.Manifest(gone.Backup));
        }
        try
        {
            var plans = Plan(Staying(chosen));
            observer.Planned(plans.Count, plans.Total(Bytes));
            foreach (var plan in plans)
            {
                try
                {
                    Merge(plan, cancellation);
                }
                catch (DamagedException e)
                {
                    problems.Add($"The chain of {plan.File} isn't shortened: {e.Message}");
                }
            }
        }
        finally
        {
            var (files, bytes) = writer.ClearLeftovers(_ => { });
            removed = files;
            removedBytes = bytes;
        }
        return new(chosen, merged, written, removed, removedBytes, problems);
    }

    private List<PrunedBackup> Choose(IReadOnlyList<BackupListing> all)
    {
        // One of a newer version, or on a disk that fails just now, isn't damaged.
        if (all.FirstOrDefault(b => b.Manifest is null && !(b.IsDamaged && options.RemoveDamaged)) is { } bad)
        {
            if (!bad.IsDamaged)
                throw new BackupException(FsError.Stale, $"Nothing was pruned, as what a backup needs isn't known: {bad.Problem}");
            throw new DamagedException(
                $"Nothing was pruned, as what a backup needs isn't known: {bad.Problem} Put its manifest back from a copy of the repository, or give that backup up by --remove-damaged.");
        }
        var readable = all.Select(b => b.Manifest).OfType<BackupManifest>().ToList();
        var reasons = options.Policy.IsEmpty ? [.. readable.Select(_ => "no rule")] : new Retention(options.Policy, readable, new ChainHealth(repository).IsWhole).Apply();
        return
        [
            .. all.Where(b => b.Manifest is null).Select(b => new PrunedBackup(b.Id, null, null, "")),
            .. readable.Zip(reasons, (b, reason) => new PrunedBackup(b.Id, b.Time, b.Taken, reason)),
        ];
    }

    private List<BackupManifest> Staying(IReadOnlyList<PrunedBackup> chosen) => [.. chosen.Where(b => b.Reason.Length > 0).Select(b => repository.Load(b.Backup))];

    /// <summary>
    /// What to merge: for each file that a staying backup names, those below it that none names. The deepest first, so that whatever is above is merged onto
    /// what stays.
    /// </summary>
    private List<MergePlan> Plan(IReadOnlyList<BackupManifest> staying)
    {
        var named = staying.SelectMany(m => m.Images).Select(i => i.File).ToHashSet();
        var plans = new List<(int Depth, MergePlan Plan)>();
        foreach (var image in staying.SelectMany(m => m.Images).DistinctBy(i => i.File))
        {
            FileChain chain;
            try
            {
                chain = repository.OpenChain(image);
            }
            catch (DamagedException e)
            {
                // Its chain stays as it is; others are none the worse for it.
                problems.Add($"The chain of {image.File} isn't shortened: {e.Message}");
                continue;
            }
            using (chain)
            {
                int count = 1 + chain.Links.Skip(1).TakeWhile(l => !named.Contains(l.File)).Count();
                // One that stands alone is large: it is written anew only if what lies on it is a good part of it.
                if (count > 1 && count == chain.Links.Count)
                {
                    long above = chain.Links.Take(count - 1).Total(l => l.Form.DataBytes);
                    if (above < options.MergeFullAbove * chain.Links[^1].Form.DataBytes)
                        count--;
                }
                if (count > 1)
                    plans.Add((chain.Links.Count, new(image.File, image.Content, count)));
            }
        }
        return [.. plans.OrderBy(p => p.Depth).Select(p => p.Plan)];
    }

    private long Bytes(MergePlan plan)
    {
        using var chain = FileChain.Open(repository, new(plan.File, plan.Content));
        return chain.Links.Take(plan.Count).Total(l => l.Form.DataBytes);
    }

    private void Merge(MergePlan plan, CancellationToken cancellation)
    {
        var chain = FileChain.Open(repository, new(plan.File, plan.Content));
        observer.Started(plan.File, chain.Links.Take(plan.Count).Total(l => l.Form.DataBytes));
        using var reader = OpenChecked(chain, plan, cancellation);
        var record = chain.Top.Record;
        var backing = chain.Links[plan.Count - 1].Form.Backing;
        var merge = new Qcow2Merge(reader.Chain, plan.Count);
        var content = merge.Writer(backing is null ? null : RepositoryPaths.BackingName(plan.File, backing.File));
        using (var file = repository.Store.Create(plan.File))
        {
            var source = new CountedSource(reader, n => observer.Advanced(plan.File, n), cancellation);
            var form = QcowFiles.Stream(file, content, source, backing, e => new BackupException(e, $"The chain of {repository.Place}/{plan.File} can't be read: {Native.ErrorWords.Of(e)}."), cancellation);
            // From here on the file may be either; whoever reads it finds out which by its length, or its sum.
            repository.WriteRecord(plan.File, record with { Forms = [chain.Top.Form, form] });
            file.Commit();
            repository.WriteRecord(plan.File, record with { Forms = [form] });
            QcowFiles.Verify(repository, plan.File, record);
            written += form.Length;
        }
        merged++;
        observer.Finished(plan.File, "merged");
    }

    /// <summary>Damage must not be merged: its sum would be right afterwards.</summary>
    private static ImageReader OpenChecked(FileChain chain, MergePlan plan, CancellationToken cancellation)
    {
        try
        {
            foreach (var link in chain.Links.Take(plan.Count))
                chain.CheckLink(link, null, cancellation);
        }
        catch
        {
            chain.Dispose();
            throw;
        }
        return ImageReader.Open(chain);
    }
}
