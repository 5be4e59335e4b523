using System.CommandLine;
using VdFs.Backup.Pruning;
using VdFs.Cli.Backups;
using VdFs.Cli.Output;

namespace VdFs.Cli.Commands;

/// <summary>`vdfs prune REPOSITORY --keep-…`.</summary>
internal static class PruneCommand
{
    public static Command Build(CliHost host, Option<bool> json)
    {
        var place = BackupCommands.RepositoryArgument("A repository.");
        var last = Keep("last", "The newest N backups stay.");
        var hourly = Keep("hourly", "The newest of each of the last N hours that have one.");
        var daily = Keep("daily", "The newest of each of the last N days that have one.");
        var weekly = Keep("weekly", "The newest of each of the last N weeks that have one.");
        var monthly = Keep("monthly", "The newest of each of the last N months that have one.");
        var yearly = Keep("yearly", "The newest of each of the last N years that have one.");
        var dry = new Option<bool>("--dry-run") { Description = "Only say what would be done." };
        var damaged = new Option<bool>("--remove-damaged") { Description = "Give up backups whose manifests can't be read, and what only they may have needed." };
        var compact = new Option<bool>("--compact") { Description = "Write full files anew even where little lies on them: takes time, saves what a removed backup alone needed." };
        var verbose = BackupCommands.VerboseOption();
        var command = new Command("prune", "Remove backups that no rule keeps for any image, and shorten the chains of the others. The newest backup stays in any case. Every backup that stays can be restored at every instant.")
        {
            place, last, hourly, daily, weekly, monthly, yearly, dry, damaged, compact, verbose,
        };
        BackupCommands.SetAction(command, async (parsed, cancellation) =>
        {
            var options = new PruneOptions
            {
                Policy = new()
                {
                    Last = parsed.GetValue(last), Hourly = parsed.GetValue(hourly), Daily = parsed.GetValue(daily),
                    Weekly = parsed.GetValue(weekly), Monthly = parsed.GetValue(monthly), Yearly = parsed.GetValue(yearly),
                },
                DryRun = parsed.GetValue(dry),
                RemoveDamaged = parsed.GetValue(damaged),
                MergeFullAbove = parsed.GetValue(compact) ? 0 : new PruneOptions().MergeFullAbove,
            };
            if (new[] { last, hourly, daily, weekly, monthly, yearly }.Any(o => parsed.GetValue(o) < 0))
                throw new CommandFailedException(ExitCode.Usage, "A number of backups to keep can't be negative.");
            if (!options.DryRun && PlaceRules.CheckRepository(parsed.GetRequiredValue(place), null, host.Mounts()) is { } misplaced)
                throw misplaced;
            using var repository = RepositoryWord.Open(parsed.GetRequiredValue(place));
            var report = await CopyProgress.RunAsync(host, parsed.GetValue(json), parsed.GetValue(verbose), progress =>
                Task.Run(() => new PruneRun(repository, options, progress).Run(cancellation))).ConfigureAwait(false);
            if (parsed.GetValue(json))
                JsonOutput.Write(host.Out, report, BackupAnswerJson.Default.PruneReport);
            else
                Tell(host, report, options.DryRun);
            foreach (string problem in report.Problems)
                await host.Error.WriteLineAsync("vdfs: " + problem).ConfigureAwait(false);
            return report.Problems.Count == 0 ? ExitCode.Ok : ExitCode.FaultsFound;
        });
        return command;
    }

    private static Option<int> Keep(string period, string description) => new($"--keep-{period}") { Description = description, HelpName = "N" };

    private static void Tell(CliHost host, PruneReport report, bool dry)
    {
        HumanOutput.Table(host.Out, ["backup", "taken", "stays because of"], report.Backups.Select(b => (IReadOnlyList<string>)[b.Backup, b.Taken is { } taken ? Units.Taken(taken) : "?", b.Reason.Length > 0 ? b.Reason : dry ? "(would go)" : "(gone)"]));
        int gone = report.Backups.Count(b => b.Reason.Length == 0);
        host.Out.WriteLine(dry
            ? $"{gone} of {report.Backups.Count} backups would go, and nothing was changed."
            : $"{gone} of {report.Backups.Count} backups went; {report.Merged} files merged, {Units.Bytes(report.WrittenBytes)} written, {report.RemovedFiles} files with {Units.Bytes(report.RemovedBytes)} removed.");
    }
}
