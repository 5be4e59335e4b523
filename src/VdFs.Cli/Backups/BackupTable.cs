using VdFs.Backup.Repositories;
using VdFs.Cli.Output;
using VdFs.Core.Storage;

namespace VdFs.Cli.Backups;

/// <summary>Backups as `vdfs list` shows them to people. What was given to no backup has no column, and a narrow terminal gets the columns that matter most.</summary>
internal static class BackupTable
{
    /// <summary>In the order in which they go where there is no room.</summary>
    private static readonly string[] LeastFirst = [">size", "consistency", ">stored", "host"];

    public static void Write(CliHost host, IReadOnlyList<BackupManifest> backups)
    {
        var columns = new List<(string Heading, Func<BackupManifest, string> Cell)>
        {
            ("backup", b => b.Id),
            ("taken (local time)", b => Units.Taken(b.Taken)),
            ("host", b => Shown.Text(b.Host)),
            ("tag", b => Shown.Text(b.Tag ?? "")),
            (">images", Images),
            (">size", b => Units.Bytes(b.Images.Total(i => i.Size))),
            (">stored", b => Units.Bytes(b.Images.Total(i => i.Stored))),
            ("consistency", b => Shown.Text(b.Consistency)),
        };
        columns.RemoveAll(c => c.Heading == "tag" && backups.All(b => b.Tag is null));
        HumanOutput.Table(host.Out, [.. columns.Select(c => c.Heading)], backups.Select(b => (IReadOnlyList<string>)[.. columns.Select(c => c.Cell(b))]), host.Width, LeastFirst);
    }

    private static string Images(BackupManifest backup)
    {
        string count = Units.Count(backup.Images.Count);
        if (backup.Missing.Count > 0)
            return $"{count}, {Units.Count(backup.Missing.Count)} MISSING";
        return backup.Selection.Count > 0 ? $"{count}, selected" : count;
    }
}
