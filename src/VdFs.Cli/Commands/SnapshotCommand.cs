using System.CommandLine;
using System.Text.Json.Serialization.Metadata;
using VdFs.Cli.Output;
using VdFs.Cli.Service;

namespace VdFs.Cli.Commands;

/// <summary>`vdfs snapshot create|list|release|rename|delete`.</summary>
internal static class SnapshotCommand
{
    public static Command Build(CliHost host, Option<bool> json)
    {
        var command = new Command("snapshot", "Take, list and give up snapshots.");
        command.Subcommands.Add(BuildCreate(host, json));
        command.Subcommands.Add(BuildList(host, json));
        command.Subcommands.Add(BuildSimple(host, json, "release", "Give up a snapshot's view; its name stays as a checkpoint.", (client, name, c) => client.ReleaseAsync(name, c)));
        command.Subcommands.Add(BuildRename(host, json));
        command.Subcommands.Add(BuildSimple(host, json, "delete", "Forget a checkpoint; a snapshot is released first.", (client, name, c) => client.DeleteAsync(name, c)));
        return command;
    }

    private static Argument<string> MountPoint() => new("MOUNTPOINT") { Description = "Where VdFs is mounted." };

    private static Command BuildCreate(CliHost host, Option<bool> json)
    {
        var point = MountPoint();
        var name = new Argument<string>("NAME") { Description = "Letters, digits, `.`, `_`, `-`; at most 64." };
        var patterns = new Argument<string[]>("PATTERN") { Description = "Images to take; all if left out. `*` and `?` within a name, `**` across folders; without `/` the file name counts.", Arity = ArgumentArity.ZeroOrMore };
        var command = new Command("create", "Hold this instant of all images, or of some.") { point, name, patterns };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var client = Connect(host, parsed.GetRequiredValue(point));
            var made = await client.CreateAsync(parsed.GetRequiredValue(name), parsed.GetValue(patterns) ?? [], cancellation).ConfigureAwait(false);
            if (made.Warning.Length > 0)
                await host.Error.WriteLineAsync($"vdfs: warning: {made.Warning}.").ConfigureAwait(false);
            Tell(host, parsed.GetValue(json), made, ServiceJson.Default.SnapshotInfo, $"Snapshot {made.Name} holds {Units.Count(made.Images)} {(made.Images == 1 ? "image" : "images")}, {Units.Bytes(made.Bytes)}.");
            return (int)ExitCode.Ok;
        });
        return command;
    }

    private static Command BuildList(CliHost host, Option<bool> json)
    {
        var point = MountPoint();
        var command = new Command("list", "List snapshots and checkpoints, oldest first.") { point };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var client = Connect(host, parsed.GetRequiredValue(point));
            var all = await client.ListAsync(cancellation).ConfigureAwait(false);
            if (parsed.GetValue(json))
                JsonOutput.Write(host.Out, all, ServiceJson.Default.ListSnapshotInfo);
            else if (all.Count == 0)
                await host.Out.WriteLineAsync("No snapshots and no checkpoints.").ConfigureAwait(false);
            else
                HumanOutput.Table(host.Out, ["name", "kind", "cut at", ">images", ">size", ">preserved", "state"], all.Select(one => (IReadOnlyList<string>)
                [
                    one.Name, one.Held ? "snapshot" : "checkpoint", Units.Time(one.Clock ?? one.Time), Units.Count(one.Images), Units.Bytes(one.Bytes),
                    one.Held ? Units.Bytes(one.PreservedBytes) : "-", one.Held ? one.State : "",
                ]));
            return (int)ExitCode.Ok;
        });
        return command;
    }

    private static Command BuildRename(CliHost host, Option<bool> json)
    {
        var point = MountPoint();
        var from = new Argument<string>("OLD") { Description = "A snapshot or a checkpoint." };
        var to = new Argument<string>("NEW") { Description = "What it is to be called." };
        var command = new Command("rename", "Rename a snapshot or a checkpoint.") { point, from, to };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var client = Connect(host, parsed.GetRequiredValue(point));
            var done = await client.RenameAsync(parsed.GetRequiredValue(from), parsed.GetRequiredValue(to), cancellation).ConfigureAwait(false);
            Tell(host, parsed.GetValue(json), done, ServiceJson.Default.Done, done.Message);
            return (int)ExitCode.Ok;
        });
        return command;
    }

    private static Command BuildSimple(CliHost host, Option<bool> json, string word, string description, Func<ServiceClient, string, CancellationToken, Task<Done>> ask)
    {
        var point = MountPoint();
        var name = new Argument<string>("NAME") { Description = "As `vdfs snapshot list` shows it." };
        var command = new Command(word, description) { point, name };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var client = Connect(host, parsed.GetRequiredValue(point));
            var done = await ask(client, parsed.GetRequiredValue(name), cancellation).ConfigureAwait(false);
            Tell(host, parsed.GetValue(json), done, ServiceJson.Default.Done, done.Message);
            return (int)ExitCode.Ok;
        });
        return command;
    }

    private static ServiceClient Connect(CliHost host, string typed) => MountLookup.Connect(host, MountLookup.Find(host, typed));

    private static void Tell<T>(CliHost host, bool json, T value, JsonTypeInfo<T> type, string sentence)
    {
        if (json)
            JsonOutput.Write(host.Out, value, type);
        else
            host.Out.WriteLine(sentence);
    }
}
