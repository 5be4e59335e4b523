using VdFs.Backup.Repositories;

namespace VdFs.Backup.Restoring;

/// <summary>What was perhaps meant by an image's name that a backup doesn't have.</summary>
internal static class ImageHint
{
    /// <summary>The end of a sentence; empty: nothing is near.</summary>
    public static string For(string word, BackupManifest manifest)
    {
        string? near = null;
        foreach (var image in manifest.Images)
        {
            if (!image.Path.TryGetText(out string text))
                continue;
            // By its path in the mount, or relative to somewhere else.
            if (word.EndsWith("/" + text, StringComparison.Ordinal) || text.EndsWith("/" + word, StringComparison.Ordinal))
                return $" (did you mean '{image.Path}', its path below the mount?)";
            if (string.Equals(text, word.TrimStart('/'), StringComparison.OrdinalIgnoreCase) || word.EndsWith("/" + text, StringComparison.OrdinalIgnoreCase))
                near = image.Path.ToString();
        }
        return near is null ? "" : $" (did you mean '{near}'?)";
    }
}
