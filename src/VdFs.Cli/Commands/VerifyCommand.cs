using System.CommandLine;
using VdFs.Backup.Verifying;
using VdFs.Cli.Backups;
using VdFs.Cli.Output;

namespace VdFs.Cli.Commands;

/// <summary>`vdfs verify REPOSITORY[@BACKUP]`.</summary>
internal static class VerifyCommand
{
    public static Command Build(CliHost host, Option<bool> json)
    {
        var place = BackupCommands.RepositoryArgument("A repository; with @BACKUP, one backup of it. All of them if left out.");
        var against = new Option<string?>("--against") { Description = "Compare every image with the file at its path below this folder: a held snapshot's view, a live mount, a restored tree. The newest backup unless told.", HelpName = "FOLDER" };
        var command = new Command("verify", "Read backups whole and say what is wrong with them: structure, checksums, chains.") { place, against };
        BackupCommands.SetAction(command, async (parsed, cancellation) =>
        {
            var word = RepositoryWord.Parse(parsed.GetRequiredValue(place));
            using var repository = word.Open();
            var folder = parsed.GetValue(against);
            var backup = word.Backup is null && folder is null ? null : repository.Find(word.Backup);
            var report = await CopyProgress.RunAsync(host, parsed.GetValue(json), "verified", progress =>
                Task.Run(() => new VerifyRun(repository, progress).Run(backup, folder, cancellation))).ConfigureAwait(false);
            if (parsed.GetValue(json))
                JsonOutput.Write(host.Out, report, BackupAnswerJson.Default.VerifyReport);
            else
                Tell(host, report);
            return report.Findings.Count == 0 ? ExitCode.Ok : ExitCode.FaultsFound;
        });
        return command;
    }

    private static void Tell(CliHost host, VerifyReport report)
    {
        foreach (var finding in report.Findings)
            host.Out.WriteLine($"{finding.Backup}{(finding.Image is null ? "" : ", " + finding.Image)}: {finding.Problem}");
        string found = report.Findings.Count == 0 ? "all is well" : $"{Units.Count(report.Findings.Count)} {(report.Findings.Count == 1 ? "fault" : "faults")}";
        host.Out.WriteLine($"{Units.Count(report.Backups)} {(report.Backups == 1 ? "backup" : "backups")}, {Units.Count(report.Files)} files, {Units.Bytes(report.Bytes)}: {found}.");
    }
}
