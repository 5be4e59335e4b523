using VdFs.Backup.Paths;

namespace VdFs.Cli.Backups;

/// <summary>Lists of names in answers: as text, and beside it the bytes of those that aren't.</summary>
internal static class ExactNames
{
    /// <returns>For each path, null if it is UTF-8; null if all are.</returns>
    public static IReadOnlyList<byte[]?>? BytesOf(IEnumerable<RelativePath> paths)
    {
        List<byte[]?> all = [.. paths.Select(p => p.NotText)];
        return all.TrueForAll(b => b is null) ? null : all;
    }
}
