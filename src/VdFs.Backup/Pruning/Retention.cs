using VdFs.Backup.Paths;
using VdFs.Backup.Repositories;

namespace VdFs.Backup.Pruning;

/// <summary>
/// Which backups stay by a policy. Each rule is applied to each image by itself, from the newest backup down, in the order in which they were made, whatever the clocks said: it
/// keeps the first backup of each period that it hasn't met yet, until it has as many as it wants. A backup stays if any image needs it.
/// </summary>
/// <remarks>
/// What has to hold: the newest backup stays. A period is used up for an image by a backup that has it whole, or whose cut shows that it was deleted by then, so that deleted images
/// age out. It isn't by one that lacks an image that was there (missing, or not selected), nor by an empty one, nor by one whose files of it are damaged: that one stays as a rule
/// wants it, but older ones stay as well, until there is a whole one.
/// </remarks>
internal sealed class Retention
{
    private readonly IReadOnlyList<KeepRule> rules;
    private readonly BackupManifest[] backups;
    private readonly BackupEvidence[] evidence;
    private readonly Func<BackupImage, bool> isWhole;

    /// <summary>By image, the number of the oldest backup that has it.</summary>
    private readonly Dictionary<string, int> oldest = new(StringComparer.Ordinal);

    private readonly Dictionary<string, RuleTally[]> tallies = new(StringComparer.Ordinal);

    /// <param name="policy">The rules.</param>
    /// <param name="made">All backups, in the order in which they were made.</param>
    /// <param name="isWhole">Whether the files that an image is read from are there.</param>
    public Retention(KeepPolicy policy, IReadOnlyList<BackupManifest> made, Func<BackupImage, bool> isWhole)
    {
        rules = policy.Rules;
        backups = [.. made.Reverse()];
        this.isWhole = isWhole;
        var paths = new HashSet<RelativePath>();
        for (int number = 0; number < backups.Length; number++)
        {
            foreach (var image in backups[number].Images)
            {
                oldest[image.Image] = number;
                paths.Add(image.Path);
            }
        }
        evidence = [.. backups.Select(b => new BackupEvidence(b, paths))];
    }

    /// <summary>For each backup, in the order in which they were made, why it stays; an empty text: it goes.</summary>
    public IReadOnlyList<string> Apply()
    {
        string[] reasons = new string[backups.Length];
        for (int number = 0; number < backups.Length; number++)
        {
            int[] wanted = new int[rules.Count];
            // An image may have several names.
            var images = backups[number].Images.GroupBy(i => i.Image).ToList();
            foreach (var image in images)
                Count(image, number, wanted);
            var words = rules.Zip(wanted).Where(r => r.Second > 0).Select(r => r.Second == images.Count ? r.First.Name : $"{r.First.Name} for {r.Second} of {images.Count} images");
            reasons[^(number + 1)] = string.Join(", ", number == 0 ? words.Prepend("newest") : words);
        }
        return reasons;
    }

    private void Count(IGrouping<string, BackupImage> image, int number, int[] wanted)
    {
        var taken = backups[number].Taken;
        var tally = tallies.TryGetValue(image.Key, out var known) ? known : tallies[image.Key] = Begin(image.First(), number);
        for (int rule = 0; rule < rules.Count; rule++)
        {
            if (!tally[rule].Wants(taken, number, oldest[image.Key] == number))
                continue;
            wanted[rule]++;
            if (image.All(isWhole))
                tally[rule].Use(taken, number);
        }
    }

    /// <summary>The newest backup that has an image: newer ones use up their periods if it was deleted before them.</summary>
    private RuleTally[] Begin(BackupImage image, int number)
    {
        RuleTally[] tally = [.. rules.Select(r => new RuleTally(r))];
        for (int newer = 0; newer < number; newer++)
        {
            if (!evidence[newer].SaysDeleted(image, backups[number]))
                continue;
            foreach (var one in tally)
                one.Use(backups[newer].Taken, newer);
        }
        return tally;
    }
}
