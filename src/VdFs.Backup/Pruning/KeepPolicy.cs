namespace VdFs.Backup.Pruning;

/// <summary>
/// Which backups stay: of the newest so many days that have a backup, each one's newest; likewise for hours, weeks, months and years. If there are fewer such days than asked
/// for, the oldest backup stays as well. <see cref="Retention"/> applies it.
/// </summary>
public sealed record KeepPolicy
{
    public int Last { get; init; }

    public int Hourly { get; init; }

    public int Daily { get; init; }

    public int Weekly { get; init; }

    public int Monthly { get; init; }

    public int Yearly { get; init; }

    public bool IsEmpty => Rules.Count == 0;

    internal IReadOnlyList<KeepRule> Rules =>
    [
        .. new KeepRule[]
        {
            new("last", Last, KeepRule.Number), new("hourly", Hourly, KeepRule.Hour), new("daily", Daily, KeepRule.Day),
            new("weekly", Weekly, KeepRule.Week), new("monthly", Monthly, KeepRule.Month), new("yearly", Yearly, KeepRule.Year),
        }.Where(r => r.Count > 0),
    ];
}
