using System.CommandLine;
using VdFs.Backup.Copying;
using VdFs.Backup.Quiescing;
using VdFs.Backup.Repositories;
using VdFs.Cli.Backups;
using VdFs.Cli.Output;
using VdFs.Core.Snapshots;

namespace VdFs.Cli.Commands;

/// <summary>`vdfs backup MOUNTPOINT REPOSITORY`.</summary>
internal static class BackupCommand
{
    private static readonly TimeSpan CommandLimit = TimeSpan.FromSeconds(60);

    public static Command Build(CliHost host, Option<bool> json)
    {
        var point = new Argument<string>("MOUNTPOINT") { Description = "Where VdFs is mounted." };
        var place = BackupCommands.RepositoryArgument("Directory that the backups go to.");
        var init = new Option<bool>("--init") { Description = "Make REPOSITORY first if nothing is there; a directory must be empty." };
        var name = new Option<string?>("--name") { Description = "What the snapshot is called.", HelpName = "NAME" };
        var tag = new Option<string?>("--tag") { Description = "A word that `vdfs list` shows, and that REPOSITORY@TAG means the newest of.", HelpName = "TAG" };
        var only = new Option<string[]>("--only") { Description = "Images to take; `*` and `?` within a name, `**` across folders. Use a repository of its own for each selection.", HelpName = "PATTERN", AllowMultipleArgumentsPerToken = true };
        var full = new Option<bool>("--full") { Description = "Take every image in full." };
        var rebase = new Option<bool>("--rebase") { Description = "Compare an image that would have to be taken in full with its last backup, and store what differs." };
        var check = new Option<string?>("--check") { Description = "Compare that share of the unchanged blocks with the last backup, chosen at random.", HelpName = "N%" };
        var adopt = new Option<bool>("--adopt") { Description = "Take the images of another mount, or of one with a new state directory, into this repository." };
        var jobs = new Option<int?>("--jobs") { Description = "Images copied at the same time.", HelpName = "N" };
        var limit = new Option<string?>("--limit") { Description = "Bytes per second read from the mount, as 50M or 50MB/s.", HelpName = "RATE" };
        var before = new Option<string?>("--before") { Description = "Command before the cut, which quiesces guests. If it fails there is no backup.", HelpName = "COMMAND" };
        var after = new Option<string?>("--after") { Description = "Command right after the cut. Runs whatever became of the one before and of the cut.", HelpName = "COMMAND" };
        var timeout = new Option<double?>("--command-timeout") { Description = "Seconds that each command may take; then it is killed. 60 unless told.", HelpName = "SECONDS" };
        var zeros = new Option<bool>("--store-zeros") { Description = "Store zeros that were written as they are, not as zero clusters." };
        var same = new Option<bool>("--skip-identical") { Description = "Leave out blocks that were written anew with what they held; reads the last backup of what changed." };
        var verbose = BackupCommands.VerboseOption();
        var command = new Command("backup", "Back up all images of a mount: full the first time, and what changed from then on.")
        {
            point, place, init, name, tag, only, full, rebase, check, adopt, jobs, limit, before, after, timeout, zeros, same, verbose,
        };
        BackupCommands.SetAction(command, async (parsed, cancellation) =>
        {
            if (parsed.GetValue(full) && parsed.GetValue(rebase))
                throw new CommandFailedException(ExitCode.Usage, "--full takes every image whole, --rebase avoids just that; give one of the two.");
            var options = new BackupOptions
            {
                Name = parsed.GetValue(name),
                Tag = parsed.GetValue(tag) is { } word ? CheckTag(word) : null,
                Patterns = parsed.GetValue(only) ?? [],
                Full = parsed.GetValue(full),
                Rebase = parsed.GetValue(rebase),
                CheckShare = parsed.GetValue(check) is { } share ? BackupCommands.ParseShare("--check", share) : 0,
                Adopt = parsed.GetValue(adopt),
                RateLimit = parsed.GetValue(limit) is { } rate ? BackupCommands.ParseRate("--limit", rate) : 0,
                DropZeros = !parsed.GetValue(zeros),
                DropSame = parsed.GetValue(same),
                Quiesce = Quiesce(parsed.GetValue(before), parsed.GetValue(after), parsed.GetValue(timeout)),
            };
            if (parsed.GetValue(jobs) is { } number)
                options = options with { Jobs = number > 0 ? number : throw new CommandFailedException(ExitCode.Usage, "--jobs takes a number from 1 on.") };
            var mount = MountLookup.Find(host, parsed.GetRequiredValue(point));
            using var client = MountLookup.Connect(host, mount);
            string where = parsed.GetRequiredValue(place);
            if (PlaceRules.CheckRepository(where, mount, host.Mounts()) is { } misplaced)
                throw misplaced;
            using var repository = parsed.GetValue(init) ? RepositoryWord.OpenOrCreate(where) : RepositoryWord.Open(where);
            bool asJson = parsed.GetValue(json);
            var report = await CopyProgress.RunAsync(host, asJson, parsed.GetValue(verbose), progress =>
                new BackupRun(new MountService(client, mount.MountPoint), repository, options, progress).RunAsync(cancellation)).ConfigureAwait(false);
            if (asJson)
                JsonOutput.Write(host.Out, Answer(repository, report), BackupAnswerJson.Default.BackupAnswer);
            else
                BackupSummary.Write(host.Out, report, parsed.GetValue(verbose));
            return report.Warnings.Count == 0 ? ExitCode.Ok : ExitCode.Unexpected;
        });
        return command;
    }

    private static QuiesceOptions? Quiesce(string? before, string? after, double? seconds)
    {
        if ((QuiesceOptions.Problem("--before", before) ?? QuiesceOptions.Problem("--after", after)) is { } problem)
            throw new CommandFailedException(ExitCode.Usage, problem);
        if (seconds is not (null or (> 0 and <= 86_400)))
            throw new CommandFailedException(ExitCode.Usage, "--command-timeout takes seconds, more than 0 and at most 86400 (a day).");
        return before is null && after is null ? null : new(before, after, seconds is { } limit ? TimeSpan.FromSeconds(limit) : CommandLimit);
    }

    private static string CheckTag(string tag) => SnapshotName.IsValid(tag) && tag != "latest"
        ? tag
        : throw new CommandFailedException(ExitCode.Usage, $"'{tag}' can't be a tag: {SnapshotName.Rule}, and 'latest' means the newest complete backup.");

    private static BackupAnswer Answer(Repository repository, BackupReport report) => new(
        repository.Place, report.Manifest.Id, report.Manifest.CutId, report.Manifest.Consistency, report.Elapsed.TotalSeconds, report.StoredBytes, report.DataBytes,
        BackupListCommand.Images(report.Manifest), [.. report.Manifest.Missing.Select(m => m.Path.Text)], report.Warnings)
    {
        Taken = report.Manifest.Taken, Tag = report.Manifest.Tag, Commands = report.Manifest.Commands ?? [],
        MissingBytes = ExactNames.BytesOf(report.Manifest.Missing.Select(m => m.Path)),
    };
}
