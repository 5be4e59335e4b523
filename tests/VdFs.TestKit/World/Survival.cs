namespace VdFs.TestKit.World;

/// <summary>
/// What of the unsynced a power cut leaves: for each kind of file another share, so that images may survive whole while their records don't, and the
/// other way about; write by write or sector by sector.
/// </summary>
public sealed class Survival(Random random)
{
    private readonly Dictionary<string, (double Share, bool Torn)> kinds = new(StringComparer.Ordinal);

    /// <summary>One share for everything; null: by chance for each kind of file.</summary>
    public double? Share { get; init; }

    public Random Random { get; } = random;

    /// <summary>Share of a kind of file's changes that survive, and whether a write may survive in part.</summary>
    public (double Share, bool Torn) Of(string kind)
    {
        if (!kinds.TryGetValue(kind, out (double, bool) chosen))
        {
            double share = Share ?? (Random.Next(6) switch { 0 or 1 => 0, 2 or 3 => 1, 4 => 0.5, _ => Random.NextDouble() });
            kinds[kind] = chosen = (share, Random.Next(2) == 0);
        }
        return chosen;
    }

    /// <summary>Whether one thing of a kind survives.</summary>
    public bool Keeps(double share) => share >= 1 || (share > 0 && Random.NextDouble() < share);
}
