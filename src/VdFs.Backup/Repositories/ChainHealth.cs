using VdFs.Backup.Paths;

namespace VdFs.Backup.Repositories;

/// <summary>Whether the files that images are read from are there and as long as their records say, down to the end of their chains. Sums are not compared. Each file is looked at once.</summary>
internal sealed class ChainHealth(Repository repository)
{
    private readonly Dictionary<(RelativePath File, string Content), bool> looked = [];

    /// <exception cref="BackupException">It can't be found out.</exception>
    public bool IsWhole(BackupImage image)
    {
        var top = (image.File, image.Content);
        if (looked.TryGetValue(top, out bool whole))
            return whole;
        try
        {
            using var chain = repository.OpenChain(image);
            foreach (var link in chain.Links)
                looked[(link.File, link.Record.Content)] = true;
            return true;
        }
        catch (DamagedException)
        {
            return looked[top] = false;
        }
    }
}
