using System.CommandLine;
using VdFs.Backup.Repositories;
using VdFs.Cli.Backups;
using VdFs.Cli.Output;
using VdFs.Core.Storage;

namespace VdFs.Cli.Commands;

/// <summary>`vdfs list REPOSITORY[@BACKUP]`: backups, or the images of one.</summary>
internal static class BackupListCommand
{
    public static Command Build(CliHost host, Option<bool> json)
    {
        var place = BackupCommands.RepositoryArgument("A repository; with @BACKUP, one backup of it: its id, the beginning of that, or latest.");
        var command = new Command("list", "List the backups of a repository, or the images of one backup.") { place };
        BackupCommands.SetAction(command, (parsed, _) =>
        {
            var word = RepositoryWord.Parse(parsed.GetRequiredValue(place));
            using var repository = word.Open();
            if (word.Backup is { } backup)
                ListImages(host, parsed.GetValue(json), repository.Find(backup, host.Tell));
            else if (repository.Backups() is var backups)
            {
                ListBackups(host, parsed.GetValue(json), backups);
                if (backups.Any(one => one.Problem is not null))
                    return Task.FromResult(ExitCode.FaultsFound);
            }
            return Task.FromResult(ExitCode.Ok);
        });
        return command;
    }

    public static List<BackupImageAnswer> Images(BackupManifest manifest) =>
        [.. manifest.Images.Select(i => new BackupImageAnswer(i.Path.Text, i.Image, i.Size, Word(i.Way), i.Reason, i.DataBytes, i.Stored, i.File.Text) { PathBytes = i.Path.NotText, FileBytes = i.File.NotText })];

    private static void ListBackups(CliHost host, bool json, IReadOnlyList<BackupListing> backups)
    {
        if (json)
        {
            JsonOutput.Write(host.Out, [.. backups.Select(Answer)], BackupAnswerJson.Default.ListBackupListAnswer);
            return;
        }
        if (backups.Count == 0)
        {
            host.Out.WriteLine("No backups.");
            return;
        }
        BackupTable.Write(host, [.. backups.Select(b => b.Manifest).OfType<BackupManifest>()]);
        foreach (var bad in backups.Where(b => b.Problem is not null))
            host.Error.WriteLine($"vdfs: the backup {bad.Id} can't be used: {bad.Problem}");
    }

    private static void ListImages(CliHost host, bool json, BackupManifest manifest)
    {
        if (json)
        {
            JsonOutput.Write(host.Out, Images(manifest), BackupAnswerJson.Default.ListBackupImageAnswer);
            return;
        }
        string tag = manifest.Tag is { } word ? $", tagged {word}" : "";
        host.Out.WriteLine(Shown.Text($"Backup {manifest.Id} of {manifest.Host}:{manifest.Mount}, taken {Units.Taken(manifest.Taken)}, {manifest.Consistency}-consistent{tag}."));
        foreach (var command in manifest.Commands ?? [])
            host.Out.WriteLine(Shown.Text($"Command {command.When} the cut, {(command.ExitCode is { } code ? $"exit code {code}" : "killed, or never started")}: {command.Command}"));
        HumanOutput.Table(host.Out, ["image", ">size", "taken", ">stored", "why in full"], manifest.Images.Select(i => (IReadOnlyList<string>)
            [i.Path.ToString(), Units.Bytes(i.Size), CopyProgress.Words(i.Way), Units.Bytes(i.Stored), i.Reason]));
        foreach (var missing in manifest.Missing)
            host.Out.WriteLine(Shown.Text($"{missing.Path} is missing: {missing.Reason}"));
    }

    private static BackupListAnswer Answer(BackupListing backup) => backup.Manifest is { } m
        ? new(backup.Id, m.Name, m.Time, m.CutId, m.Consistency, m.Images.Count, m.Images.Total(i => i.Size), m.Images.Total(i => i.DataBytes), m.Images.Total(i => i.Stored), m.Missing.Count, null)
        {
            Taken = m.Taken, Host = m.Host, Tag = m.Tag, Sequence = m.Sequence, Selection = m.Selection, Commands = m.Commands,
        }
        : new(backup.Id, null, null, null, null, 0, 0, 0, 0, 0, backup.Problem);

    private static string Word(BackupWay way) => way switch
    {
        BackupWay.Full => "full",
        BackupWay.Incremental => "incremental",
        BackupWay.Compared => "compared",
        _ => "unchanged",
    };
}
