namespace VdFs.Cli.Commands;

/// <summary>The nearest right word to one that was typed.</summary>
internal static class Suggestion
{
    /// <summary>Null: none is near.</summary>
    public static string? Nearest(string typed, IEnumerable<string> known)
    {
        string? best = null;
        int least = Math.Max(1, Math.Min(3, typed.Length / 3)) + 1;
        foreach (string word in known)
        {
            int distance = word.StartsWith(typed, StringComparison.OrdinalIgnoreCase) && typed.Length > 2 || typed.StartsWith(word, StringComparison.OrdinalIgnoreCase) && word.Length > 3
                ? 1 : Distance(typed.ToLowerInvariant(), word.ToLowerInvariant());
            if (distance >= least)
                continue;
            least = distance;
            best = word;
        }
        return best;
    }

    /// <summary>How many letters differ: Levenshtein's distance, where two that changed places count once.</summary>
    private static int Distance(string a, string b)
    {
        var costs = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
        {
            for (int j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    costs[i, j] = i + j;
                    continue;
                }
                int same = a[i - 1] == b[j - 1] ? 0 : 1;
                costs[i, j] = Math.Min(Math.Min(costs[i - 1, j], costs[i, j - 1]) + 1, costs[i - 1, j - 1] + same);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    costs[i, j] = Math.Min(costs[i, j], costs[i - 2, j - 2] + 1);
            }
        }
        return costs[a.Length, b.Length];
    }
}
