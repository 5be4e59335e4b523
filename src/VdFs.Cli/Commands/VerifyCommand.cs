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
        var verbose = BackupCommands.VerboseOption();
        var command = new Command("verify", "Read backups whole and say what is wrong with them: structure, checksums, chains, images that are missing.") { place, against, verbose };
        BackupCommands.SetAction(command, async (parsed, cancellation) =>
        {
            var word = RepositoryWord.Parse(parsed.GetRequiredValue(place));
            using var repository = word.Open();
            var folder = parsed.GetValue(against);
            var backup = word.Backup is null && folder is null ? null : repository.Find(word.Backup, host.Tell);
            var report = await CopyProgress.RunAsync(host, parsed.GetValue(json), parsed.GetValue(verbose), progress =>
                Task.Run(() => new VerifyRun(repository, progress).Run(backup, folder, cancellation))).ConfigureAwait(false);
            if (parsed.GetValue(json))
                JsonOutput.Write(host.Out, report, BackupAnswerJson.Default.VerifyReport);
            else
                VerifySummary.Write(host.Out, repository.Place, report, parsed.GetValue(verbose));
            return report.Findings.Count == 0 ? ExitCode.Ok : ExitCode.FaultsFound;
        });
        return command;
    }
}
