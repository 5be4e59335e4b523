using System.CommandLine;
using VdFs.Backup.Comparing;
using VdFs.Cli.Backups;
using VdFs.Cli.Output;
using VdFs.Core.Storage;

namespace VdFs.Cli.Commands;

/// <summary>`vdfs diff REPOSITORY A B [IMAGE…]`.</summary>
internal static class DiffCommand
{
    public static Command Build(CliHost host, Option<bool> json)
    {
        var place = BackupCommands.RepositoryArgument("A repository.");
        var older = new Argument<string>("A") { Description = "The older backup." };
        var newer = new Argument<string>("B") { Description = "The newer backup." };
        var images = new Argument<string[]>("IMAGE") { Description = "Images by path; all if left out.", Arity = ArgumentArity.ZeroOrMore };
        var exact = new Option<bool>("--exact") { Description = "Compare contents. Else what was stored between the two counts as different, though it may have been written anew as it was." };
        var command = new Command("diff", "Show what differs between two backups, as ranges in bytes.") { place, older, newer, images, exact };
        BackupCommands.SetAction(command, (parsed, cancellation) =>
        {
            using var repository = RepositoryWord.Open(parsed.GetRequiredValue(place));
            var found = BackupDiff.Compare(
                repository, repository.Find(parsed.GetRequiredValue(older)), repository.Find(parsed.GetRequiredValue(newer)), parsed.GetValue(images) ?? [], parsed.GetValue(exact), cancellation);
            if (parsed.GetValue(json))
                JsonOutput.Write(host.Out, [.. found.Select(d => new ImageDiffAnswer(d.Path.Text, d.FormerPath?.Text, d.Change, d.OldSize, d.NewSize, d.Extents) { PathBytes = d.Path.NotText, FormerPathBytes = d.FormerPath?.NotText })], BackupAnswerJson.Default.ListImageDiffAnswer);
            else
                Tell(host, found);
            return Task.FromResult(ExitCode.Ok);
        });
        return command;
    }

    private static void Tell(CliHost host, IReadOnlyList<ImageDiff> found)
    {
        foreach (var diff in found)
        {
            string former = diff.FormerPath is { } path ? $" (was {path})" : "";
            string size = diff.OldSize == diff.NewSize ? Units.Bytes(diff.NewSize) : $"{Units.Bytes(diff.OldSize)} to {Units.Bytes(diff.NewSize)}";
            host.Out.WriteLine($"{diff.Path}{former}: {diff.Change}, {size}{(diff.Extents.Count > 0 ? $", {Units.Bytes(diff.Extents.Total(e => e.Length))} in {Units.Plural(diff.Extents.Count, "range", "ranges")}" : "")}");
            foreach (var extent in diff.Extents)
                host.Out.WriteLine($"  {extent.Start} {extent.Length}");
        }
    }
}
