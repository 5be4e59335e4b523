namespace VdFs.Backup.Pruning;

/// <summary>How far a rule has come with one image, from the newest backup down.</summary>
internal sealed class RuleTally(KeepRule rule)
{
    private readonly HashSet<long> met = [];

    private bool IsFull => met.Count >= rule.Count;

    /// <summary>Whether the rule wants a backup that has the image.</summary>
    /// <param name="oldest">No older backup has it: it stays while the rule wants more periods than there are.</param>
    public bool Wants(DateTimeOffset taken, int number, bool oldest) => !IsFull && (oldest || !met.Contains(rule.Period(taken, number)));

    /// <summary>The period of a backup is used.</summary>
    public void Use(DateTimeOffset taken, int number)
    {
        if (!IsFull)
            met.Add(rule.Period(taken, number));
    }
}
