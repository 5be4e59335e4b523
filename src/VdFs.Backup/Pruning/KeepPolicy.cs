using System.Globalization;

namespace VdFs.Backup.Pruning;

/// <summary>
/// Which backups stay, counted as restic counts: of the newest so many days that have a backup, each one's newest; likewise for hours, weeks (ISO 8601), months and years. If there
/// are fewer such days than asked for, the oldest backup stays as well. A backup stays if one rule wants it. Times are those of the cuts, in local time.
/// </summary>
public sealed record KeepPolicy
{
    public int Last { get; init; }

    public int Hourly { get; init; }

    public int Daily { get; init; }

    public int Weekly { get; init; }

    public int Monthly { get; init; }

    public int Yearly { get; init; }

    public bool IsEmpty => Last + Hourly + Daily + Weekly + Monthly + Yearly == 0;

    /// <summary>For each backup why it stays; an empty text: it goes.</summary>
    /// <param name="times">Any order; the answer has the same.</param>
    public IReadOnlyList<string> Apply(IReadOnlyList<DateTimeOffset> times)
    {
        var rules = new (string Name, int Count, Func<DateTime, int, int> Period)[]
        {
            ("last", Last, (_, number) => number),
            ("hourly", Hourly, (t, _) => (((((t.Year * 100) + t.Month) * 100) + t.Day) * 100) + t.Hour),
            ("daily", Daily, (t, _) => (((t.Year * 100) + t.Month) * 100) + t.Day),
            ("weekly", Weekly, (t, _) => (ISOWeek.GetYear(t) * 100) + ISOWeek.GetWeekOfYear(t)),
            ("monthly", Monthly, (t, _) => (t.Year * 100) + t.Month),
            ("yearly", Yearly, (t, _) => t.Year),
        };
        int[] counts = [.. rules.Select(r => r.Count)];
        int?[] periods = new int?[rules.Length];
        string[] reasons = new string[times.Count];
        int[] order = [.. Enumerable.Range(0, times.Count).OrderByDescending(i => times[i])];
        for (int number = 0; number < order.Length; number++)
        {
            var time = times[order[number]].ToLocalTime().DateTime;
            var wanted = new List<string>();
            for (int rule = 0; rule < rules.Length; rule++)
            {
                int period = rules[rule].Period(time, number);
                if (counts[rule] <= 0 || (period == periods[rule] && number != order.Length - 1))
                    continue;
                periods[rule] = period;
                counts[rule]--;
                wanted.Add(rules[rule].Name);
            }
            reasons[order[number]] = string.Join(", ", wanted);
        }
        return reasons;
    }
}
