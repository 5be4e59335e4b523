using System.Text.RegularExpressions;

namespace VdFs.Core.Snapshots;

/// <summary>Names of snapshots, and how checkpoints make room for them.</summary>
public static partial class SnapshotName
{
    /// <summary>The rule in words, for messages.</summary>
    public const string Rule = "names have 1 to 64 letters, digits, '.', '_' or '-', begin with a letter or digit, hold no '..' and don't end with '.'";

    public static bool IsValid(string name) =>
        Pattern().IsMatch(name) && !name.Contains("..", StringComparison.Ordinal) && !name.EndsWith('.');

    /// <summary>
    /// What has to be renamed so that <paramref name="name"/> is free: NAME to NAME~1, the one before to NAME~2, and so on. In an order in which
    /// no two ever have the same name.
    /// </summary>
    internal static IReadOnlyList<(Snapshot Checkpoint, string Name)> MakeRoom(IReadOnlyList<Snapshot> all, string name)
    {
        var renames = new List<(Snapshot, string)>();
        string at = name;
        for (int number = 1; all.FirstOrDefault(s => s.Name == at) is { } taken; number++)
        {
            string next = $"{name}~{number}";
            renames.Add((taken, next));
            at = next;
        }
        renames.Reverse();
        return renames;
    }

    /// <summary>The name that a cut was made under, before others of that name made it NAME~N.</summary>
    internal static string WithoutCount(string name) => name.Split('~')[0];

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._-]{0,63}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
