using System.Globalization;

namespace VdFs.Backup.Pruning;

/// <summary>One rule of a <see cref="KeepPolicy"/>: of the newest so many periods, the newest backup of each.</summary>
/// <param name="Name">"daily".</param>
/// <param name="Count">How many periods; above 0.</param>
/// <param name="Period">The period of a backup, by when it was taken and by its number, counted from the newest on.</param>
internal sealed record KeepRule(string Name, int Count, Func<DateTimeOffset, int, long> Period)
{
    public static long Number(DateTimeOffset taken, int number) => number;

    /// <summary>By UTC: autumn's hour from 2 to 3 is there twice.</summary>
    public static long Hour(DateTimeOffset taken, int number) => taken.UtcTicks / TimeSpan.TicksPerHour;

    /// <summary>By the local time of the host that was backed up, as all that follow.</summary>
    public static long Day(DateTimeOffset taken, int number) => taken.DateTime.Ticks / TimeSpan.TicksPerDay;

    /// <summary>ISO 8601.</summary>
    public static long Week(DateTimeOffset taken, int number) => (ISOWeek.GetYear(taken.DateTime) * 100) + ISOWeek.GetWeekOfYear(taken.DateTime);

    public static long Month(DateTimeOffset taken, int number) => (taken.Year * 100) + taken.Month;

    public static long Year(DateTimeOffset taken, int number) => taken.Year;
}
