using System.IO;
using VdFs.Backup.Verifying;
using VdFs.Cli.Output;

namespace VdFs.Cli.Backups;

/// <summary>What `vdfs verify` says to people: one line about all of it, then what is wrong, once for all backups that suffer from the same.</summary>
internal static class VerifySummary
{
    /// <summary>Faults told without --verbose.</summary>
    private const int Most = 20;

    public static void Write(TextWriter output, string place, VerifyReport report, bool verbose)
    {
        if (report.Backups == 0)
        {
            output.WriteLine($"{place} has no backups yet: there is nothing to verify.");
            return;
        }
        var faults = report.Findings.GroupBy(f => (f.Kind, f.Image, f.Problem)).ToList();
        output.WriteLine($"{Units.Plural(report.Backups, "backup", "backups")} with {Units.Plural(report.Images, "image", "images")} in {Units.Plural(report.Files, "file", "files")}, {Units.Bytes(report.Bytes)}: {Verdict(report)}.");
        foreach (var fault in faults.Take(verbose ? int.MaxValue : Most))
            output.WriteLine(Shown.Text($"{fault.Key.Kind}: {(fault.Key.Image is { } image ? image + ", " : "")}{Where([.. fault.Select(f => f.Backup).OfType<string>()])}{fault.Key.Problem}"));
        if (faults.Count > Most && !verbose)
            output.WriteLine($"… and {Units.Plural(faults.Count - Most, "more fault", "more faults")}; --verbose tells all.");
    }

    private static string Verdict(VerifyReport report)
    {
        if (report.Findings.Count == 0)
            return "all is well";
        var kinds = report.Findings.GroupBy(f => f.Kind).Select(k => k.Key switch
        {
            VerifyFinding.Missing => $"{Units.Plural(Images(k), "image is", "images are")} missing in {Backups(k)}",
            VerifyFinding.Different => $"{Units.Plural(Images(k), "image differs", "images differ")} from what it was compared with",
            VerifyFinding.Stray => "the manifest of a backup is missing",
            _ => k.All(f => f.Image is null) ? $"{Backups(k)} can't be read" : $"{Units.Plural(Images(k), "image is", "images are")} damaged in {Backups(k)}",
        });
        return string.Join(", ", kinds);
    }

    private static int Images(IEnumerable<VerifyFinding> findings) => findings.Select(f => f.Image).OfType<string>().Distinct().Count();

    private static string Backups(IEnumerable<VerifyFinding> findings) => Units.Plural(findings.Select(f => f.Backup).Distinct().Count(), "backup", "backups");

    private static string Where(List<string> backups) => backups.Count switch
    {
        0 => "",
        1 => $"in {backups[0]}: ",
        _ => $"in {backups.Count} backups from {backups[0]} to {backups[^1]}: ",
    };
}
