using System.Globalization;

namespace VdFs.Cli.Output;

/// <summary>Numbers as people read them.</summary>
public static class Units
{
    private static readonly string[] Binary = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

    /// <summary>Bytes in binary units, with one decimal where it says something: `4 KiB`, `1.5 GiB`.</summary>
    public static string Bytes(long bytes)
    {
        double value = bytes;
        int unit = 0;
        while (Math.Abs(value) >= 1024 && unit < Binary.Length - 1)
        {
            value /= 1024;
            unit++;
        }
        return value.ToString(value == Math.Floor(value) || Math.Abs(value) >= 100 ? "0" : "0.0", CultureInfo.InvariantCulture) + " " + Binary[unit];
    }

    public static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>How often: `once`, `twice`, `3 times`.</summary>
    public static string Times(long count) => count switch { 1 => "once", 2 => "twice", _ => Count(count) + " times" };

    /// <summary>A number and what is counted: `1 request`, `2 requests`.</summary>
    public static string Plural(long count, string one, string several) => $"{Count(count)} {(count == 1 ? one : several)}";

    /// <summary>The two largest parts: `3 d 4 h`, `5 min 12 s`, `8 s`.</summary>
    public static string Duration(TimeSpan span) => span switch
    {
        { TotalDays: >= 1 } => $"{(int)span.TotalDays} d {span.Hours} h",
        { TotalHours: >= 1 } => $"{span.Hours} h {span.Minutes} min",
        { TotalMinutes: >= 1 } => $"{span.Minutes} min {span.Seconds} s",
        _ => $"{span.Seconds} s",
    };

    /// <summary>When a backup was taken, to the minute, in the local time of the host that was backed up: what days are counted by.</summary>
    public static string Taken(DateTimeOffset taken) => taken.ToString("yyyy-MM-dd HH:mm zzz", CultureInfo.InvariantCulture);

    /// <summary>An instant in local time, to the second.</summary>
    public static string Time(DateTimeOffset time) => time.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss zzz", CultureInfo.InvariantCulture);
}
