using VdFs.Core.Errors;

namespace VdFs.Backup.Repositories;

/// <summary>Which backup of a repository a word means.</summary>
internal static class BackupWord
{
    /// <summary>A backup by its id, the unambiguous beginning of one, a tag or a snapshot's name (the newest that has it), or "latest".</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="word">Null: as "latest", the newest complete one.</param>
    /// <param name="tell">Gets a sentence if "latest" isn't the newest one.</param>
    /// <exception cref="BackupException">It means none, or several.</exception>
    public static BackupManifest Find(Repository repository, string? word, Action<string> tell)
    {
        var all = repository.Backups();
        if (word is null or "latest")
            return Latest(repository, all, tell);
        var meant = all.Where(b => b.Id == word).ToList();
        if (meant.Count == 0)
            meant = [.. all.Where(b => b.Id.StartsWith(word, StringComparison.Ordinal))];
        if (meant.Count == 0)
            meant = [.. all.Where(b => b.Manifest?.Tag == word).TakeLast(1)];
        if (meant.Count == 0)
            meant = [.. all.Where(b => b.Manifest?.Name == word).TakeLast(1)];
        return meant.Count switch
        {
            0 => throw new BackupException(FsError.NotFound, $"The repository {repository.Place} has no backup '{word}'; `vdfs list {repository.Place}` lists them."),
            1 => meant[0].Manifest ?? throw new DamagedException(meant[0].Problem!),
            _ => throw new BackupException(FsError.InvalidArgument, $"'{word}' means {meant.Count} backups of {repository.Place}, from {meant[0].Id} to {meant[^1].Id}; name more of it."),
        };
    }

    /// <summary>The newest complete one: no image missing, and of all images, if there are any of all. Without one, the newest that has images.</summary>
    private static BackupManifest Latest(Repository repository, IReadOnlyList<BackupListing> all, Action<string> tell)
    {
        if (all.Count == 0)
            throw new BackupException(FsError.NotFound, $"The repository {repository.Place} has no backup.");
        var readable = all.Select(b => b.Manifest).OfType<BackupManifest>().ToList();
        if (readable.Count == 0)
            throw new DamagedException($"No backup of {repository.Place} can be read; the first problem: {all[0].Problem}");
        var complete = readable.Where(b => b.Images.Count > 0 && b.Missing.Count == 0).ToList();
        var latest = complete.LastOrDefault(b => b.Selection.Count == 0) ?? complete.LastOrDefault() ?? readable.LastOrDefault(b => b.Images.Count > 0) ?? readable[^1];
        if (all.FirstOrDefault(b => b.Manifest is null) is { } bad)
            tell($"Not every backup can be read, and one of those may be newer: {bad.Problem}");
        var newest = readable[^1];
        if (newest != latest)
        {
            string why = newest.Images.Count == 0 ? "is empty" : newest.Missing.Count > 0 ? $"lacks {newest.Missing.Count} of its images" : "has only some of the images";
            tell($"Taking the backup {latest.Id}, the newest complete one: {newest.Id} is newer and {why}; it can be named as {repository.Place}@{newest.Id}.");
        }
        return latest;
    }
}
