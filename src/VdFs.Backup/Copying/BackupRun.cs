using System.Collections.Concurrent;
using System.Diagnostics;
using VdFs.Backup.Mounts;
using VdFs.Backup.Paths;
using VdFs.Backup.Quiescing;
using VdFs.Backup.Repositories;
using VdFs.Core.Backups;
using VdFs.Core.Errors;
using VdFs.Core.Storage;

namespace VdFs.Backup.Copying;

/// <summary>
/// One backup, the whole circle: lock the repository, quiesce, cut, resume, decide per image, copy, commit, complete. Whatever ends it before the commit leaves the
/// repository as it was and the snapshot released; whatever ends it after leaves a whole backup.
/// </summary>
public sealed class BackupRun
{
    private readonly IMountService service;
    private readonly Repository repository;
    private readonly BackupOptions options;
    private readonly WarningList observer;

    public BackupRun(IMountService service, Repository repository, BackupOptions options, IBackupObserver observer)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Jobs, 1);
        this.service = service;
        this.repository = repository;
        this.options = options;
        this.observer = new(observer);
    }

    /// <exception cref="BackupException">There is no backup; the message says why.</exception>
    /// <exception cref="OperationCanceledException">There is no backup, as that was asked for.</exception>
    public async Task<BackupReport> RunAsync(CancellationToken cancellation)
    {
        using var writer = RepositoryWriter.Begin(repository, observer.Tell);
        string name = options.Name ?? $"backup-{repository.Id[..8]}";
        var environment = new Dictionary<string, string> { ["VDFS_MOUNT"] = service.MountPoint, ["VDFS_SNAPSHOT"] = name };
        // One without a missing image: the mount keeps that one's cut, and what later ones have can be built upon it as well. While there is none, the newest: the mount keeps
        // no other cut of this repository than the one that it is told.
        var last = writer.Backups.LastOrDefault(b => b.Manifest is { } manifest && IsBase(manifest))?.Manifest ?? writer.Backups.LastOrDefault(b => b.Manifest is not null)?.Manifest;
        var start = new BackupStart(repository.Id, last?.CutId, name, options.Patterns);
        var taken = await QuiescedCut.TakeAsync(options.Quiesce, environment, () => service.BeginAsync(start, cancellation), observer.Warn, cancellation).ConfigureAwait(false);
        var clock = Stopwatch.StartNew();
        await using (taken.Cut.ConfigureAwait(false))
        {
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation, taken.Cut.Lost);
            BackupManifest manifest;
            try
            {
                manifest = await CopyAsync(writer, taken, ending.Token).ConfigureAwait(false);
            }
            catch (Exception e)
            {
                // While the snapshot is still there to be asked.
                var gone = cancellation.IsCancellationRequested ? null : await WhyGoneAsync(taken.Cut.Cut).ConfigureAwait(false);
                Withdraw(writer);
                if (gone is not null)
                    throw new BackupException(FsError.Stale, gone, e);
                if (!cancellation.IsCancellationRequested && taken.Cut.Lost.IsCancellationRequested)
                    throw Lost(taken.Cut, e);
                throw;
            }
            if (IsBase(manifest) || last is null || !IsBase(last))
                await CompleteAsync(manifest).ConfigureAwait(false);
            else
                observer.Tell($"The next backup builds on {last.Id} once more, since images are missing in this one.");
            return new(manifest, observer.Warnings, manifest.Images.Total(i => i.Stored), clock.Elapsed);
        }
    }

    private async Task<BackupManifest> CopyAsync(RepositoryWriter writer, QuiescedCut.Result taken, CancellationToken cancellation)
    {
        Claim(taken.Cut.StateId);
        var cut = taken.Cut.Cut;
        using var view = MountedView.Open(service.MountPoint, cut);
        var tree = view.ReadTree(cancellation);
        if (cut.Warning.Length > 0)
            observer.Tell(cut.Warning + ".");
        var missing = new ConcurrentBag<MissingImage>();
        var planner = new BackupPlanner(repository, writer.Backups, options, view, await service.ListAsync(cancellation).ConfigureAwait(false));
        var plans = new List<ImagePlan>();
        foreach (var image in tree.Images)
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                plans.Add(planner.Plan(image));
            }
            catch (ViewException e)
            {
                await LookAtLeaseAsync(cut, cancellation).ConfigureAwait(false);
                Miss(image.Path, null, missing, e);
            }
        }
        observer.Planned(plans.Count, plans.Total(p => p.Bytes));

        // One that is mistrusted is written though it was planned as unchanged.
        if (options.CheckShare > 0 || plans.Exists(p => p.Way != BackupWay.Unchanged))
            writer.BeginChanges();
        var copy = new ImageCopy(repository, view, cut, service, options, observer);
        var images = new ConcurrentBag<BackupImage>();
        // Large ones first, so that none is left over for the end.
        await Parallel.ForEachAsync(
            plans.OrderByDescending(p => p.Bytes), new ParallelOptions { MaxDegreeOfParallelism = options.Jobs, CancellationToken = cancellation },
            async (plan, token) =>
            {
                try
                {
                    images.Add(await copy.TakeAsync(plan, token).ConfigureAwait(false));
                }
                catch (ViewException e)
                {
                    await LookAtLeaseAsync(cut, token).ConfigureAwait(false);
                    Miss(plan.View.Path, plan.Image, missing, e);
                }
            }).ConfigureAwait(false);
        if (images.IsEmpty && !missing.IsEmpty)
            throw new BackupException(FsError.Io, $"Not one image of the snapshot could be read, so there is no backup. {missing.First().Reason}");

        var attributes = images.Select(i => i.Attributes).Concat(tree.Folders.Select(f => f.Attributes)).Concat(tree.Links.Select(l => l.Attributes));
        var manifest = new BackupManifest(
            BackupManifest.FormatName, BackupManifest.VersionFor(tree.Root, attributes), repository.Id, writer.NextSequence, cut.Time, cut.Name, cut.CutId,
            taken.Cut.StateId, options.Host, service.MountPoint, taken.Consistency, [.. options.Patterns.Select(ByteText.Wild)],
            [.. images.OrderBy(i => i.Path)], tree.Folders, tree.Links, [.. missing.OrderBy(m => m.Path)], tree.Root)
        {
            Clock = cut.Clock, Tag = options.Tag, Commands = taken.Commands.Count > 0 ? taken.Commands : null,
        };
        cancellation.ThrowIfCancellationRequested();
        writer.Add(manifest);
        try
        {
            writer.EndChanges();
        }
        catch (BackupException e)
        {
            observer.Tell($"The backup is whole, but the repository couldn't be told that nothing is left over; the next one looks: {e.Message}");
        }
        return manifest;
    }

    private static bool IsBase(BackupManifest manifest) => manifest.Missing.Count == 0;

    /// <summary>A repository holds the images of one state directory, and of those that it was told to take as well.</summary>
    private void Claim(string state)
    {
        if (repository.States.Contains(state))
            return;
        if (repository.States.Count > 0 && !options.Adopt)
        {
            throw new BackupException(
                FsError.Busy, $"The repository {repository.Place} belongs to the images of another mount (state {repository.States[0]}, this one is {state}). Name another repository; or, if these are the same images with a new state directory, or are to be kept there too, add --adopt.");
        }
        repository.WriteHeader(repository.Header with { States = [.. repository.States, state] });
    }

    private void Miss(RelativePath path, string? image, ConcurrentBag<MissingImage> missing, ViewException e)
    {
        missing.Add(new(path, e.Message) { Image = image });
        observer.Warn($"{path} is not in this backup: {e.Message}");
    }

    /// <summary>An image may be unreadable for itself; if all of the snapshot is gone, there is no backup.</summary>
    private async Task LookAtLeaseAsync(MountCut cut, CancellationToken cancellation)
    {
        var all = await service.ListAsync(cancellation).ConfigureAwait(false);
        if (WhyGone(cut, all) is { } gone)
            throw new BackupException(FsError.Stale, gone);
    }

    private async Task<string?> WhyGoneAsync(MountCut cut)
    {
        try
        {
            return WhyGone(cut, await service.ListAsync(CancellationToken.None).ConfigureAwait(false));
        }
        catch (BackupException)
        {
            // The service can't be asked; what failed says so itself.
            return null;
        }
    }

    /// <summary>Why the whole snapshot can't be read any more; null: it can.</summary>
    private static string? WhyGone(MountCut cut, IReadOnlyList<MountCut> all)
    {
        var now = all.FirstOrDefault(c => c.CutId == cut.CutId);
        string? reason = now is not { Held: true } ? "was released while it was read" : now.State.StartsWith("lost: ", StringComparison.Ordinal) ? $"was given up while it was read: {now.State[6..]}" : null;
        return reason is null ? null : $"The snapshot {cut.Name} {reason}. So there is no backup; the last one stays the base of the next. Back up again.";
    }

    private static BackupException Lost(ILeasedCut cut, Exception e) => new(
        FsError.Stale, $"The mount gave up the snapshot {cut.Cut.Name}, or its daemon died, before all was copied, so there is no backup; the last one stays the base of the next. Back up again.", e);

    /// <summary>What was copied so far goes; if even that fails, the next writer does it.</summary>
    private void Withdraw(RepositoryWriter writer)
    {
        try
        {
            writer.ClearLeftovers(_ => { });
        }
        catch (BackupException e)
        {
            observer.Tell($"What was copied is cleared away by the next backup: {e.Message}");
        }
    }

    private async Task CompleteAsync(BackupManifest manifest)
    {
        try
        {
            // Not to be cancelled any more: the backup is there.
            await service.CompleteAsync(repository.Id, manifest.CutId, CancellationToken.None).ConfigureAwait(false);
        }
        catch (BackupException e)
        {
            observer.Warn($"The backup is whole, but the mount couldn't be told: {e.Message} The next one is incremental if the mount still has that checkpoint then.");
        }
    }
}
