using System.Globalization;
using System.IO;
using VdFs.Backup.Copying;
using VdFs.Backup.Repositories;
using VdFs.Cli.Output;

namespace VdFs.Cli.Backups;

/// <summary>What `vdfs backup` says to people when it is done: one line, then why images were taken in full.</summary>
internal static class BackupSummary
{
    /// <summary>Reasons told without --verbose.</summary>
    private const int Most = 10;

    public static void Write(TextWriter output, BackupReport report, bool verbose)
    {
        var manifest = report.Manifest;
        var ways = manifest.Images.GroupBy(i => i.Way).OrderBy(g => g.Key).Select(g => $"{Units.Count(g.Count())} {CopyProgress.Words(g.Key)}");
        if (manifest.Images.Count == 0)
            ways = ["no images"];
        string missing = manifest.Missing.Count > 0 ? $"; {Units.Count(manifest.Missing.Count)} MISSING" : "";
        output.WriteLine($"Backup {manifest.Id}: {string.Join(", ", ways)}; {Units.Bytes(report.StoredBytes)} stored in {Took(report.Elapsed)}, {manifest.Consistency}-consistent{missing}.");
        // With --verbose each image told its own.
        var reasons = verbose ? [] : manifest.Images.Where(i => i.Reason.Length > 0).GroupBy(i => (i.Way, i.Reason)).ToList();
        foreach (var reason in reasons.Take(Most))
            output.WriteLine($"{CopyProgress.Words(reason.Key.Way)}: {(reason.Count() == 1 ? reason.First().Path.ToString() : Units.Count(reason.Count()) + " images")}, because {reason.Key.Reason}.");
        if (reasons.Count > Most)
            output.WriteLine($"… and {Units.Plural(reasons.Skip(Most).Sum(r => r.Count()), "more image", "more images")} for other reasons; `vdfs list` of this backup tells all.");
    }

    private static string Took(TimeSpan time) => time.TotalSeconds < 10 ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.0} s") : Units.Duration(time);
}
