using VdFs.Backup.Paths;

namespace VdFs.Backup.Restoring;

/// <summary>What a restore could not, or would not, restore of attributes: one sentence per kind, with how many and the first of them. For one thread.</summary>
internal sealed class LeftOut
{
    private readonly SortedDictionary<string, (int Count, string First)> kinds = new(StringComparer.Ordinal);

    /// <param name="what">What isn't as it was and why, for the beginning of a sentence.</param>
    /// <param name="path">Of what.</param>
    public void Add(string what, RelativePath path)
    {
        var known = kinds.GetValueOrDefault(what, (Count: 0, First: path.IsRoot ? "the target itself" : path.ToString()));
        kinds[what] = (known.Count + 1, known.First);
    }

    public IEnumerable<string> Sentences() => kinds.Select(k => $"{k.Key}: {k.Value.First}{(k.Value.Count == 1 ? "" : $" and {k.Value.Count - 1} more")}.");
}
