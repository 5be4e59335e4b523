using System.CommandLine;
using System.IO;
using VdFs.Backup.Repositories;
using VdFs.Backup.Restoring;
using VdFs.Cli.Backups;
using VdFs.Cli.Mounting;
using VdFs.Cli.Output;
using VdFs.Core.Storage;

namespace VdFs.Cli.Commands;

/// <summary>`vdfs restore REPOSITORY[@BACKUP] [IMAGE…] TARGET`.</summary>
internal static class RestoreCommand
{
    public static Command Build(CliHost host, Option<bool> json)
    {
        var place = BackupCommands.RepositoryArgument("A repository; with @BACKUP, one backup of it: its id, the beginning of that, or latest. The newest complete one if left out.");
        var words = new Argument<string[]>("[IMAGE...] TARGET")
        {
            Description = "Images by path or pattern, all if left out; then where to: a directory (each image at its own path below it, so a mount restores in place), or for a single image a file, a block device, or - for standard output.",
            Arity = ArgumentArity.OneOrMore,
        };
        var format = new Option<string?>("--format") { Description = "What a single image becomes: raw, the bytes of the image's file, or qcow2, a disk with these bytes. [default: qcow2 if TARGET ends in .qcow2 and the image doesn't, else raw]", HelpName = "raw|qcow2" };
        var force = new Option<bool>("--force") { Description = "Replace files that are there, or write to a block device. What is in use is never replaced." };
        var all = new Option<bool>("--all-attributes") { Description = "Restore set-id bits and the attributes security.* and trusted.* too, which give privileges: only root can, and only from a repository that is trusted." };
        var verbose = BackupCommands.VerboseOption();
        var command = new Command("restore", "Restore images of a backup; every file is compared with its checksum on the way.") { place, words, format, force, all, verbose };
        BackupCommands.SetAction(command, async (parsed, cancellation) =>
        {
            var word = RepositoryWord.Parse(parsed.GetRequiredValue(place));
            string[] typed = parsed.GetRequiredValue(words);
            if (parsed.GetValue(all) && host.User != 0)
                throw new CommandFailedException(ExitCode.NoPermission, "--all-attributes restores what gives privileges, and only root can do that; leave it out, or run vdfs as root.");
            bool toOutput = typed[^1] == "-";
            string target = toOutput ? "standard output" : WorkingFolder.Absolute(typed[^1]);
            if (!toOutput && PlaceRules.CheckTarget(typed[^1], word.Place, host.Mounts()) is { } misplaced)
                throw misplaced;
            if (!toOutput)
                RestoreTarget.Refuse(target, host.Mounts());
            using var repository = word.Open();
            var manifest = repository.Find(word.Backup, host.Tell);
            var images = RestoreRun.Choose(manifest, typed[..^1]);
            var form = RestoreForm.Of(parsed.GetValue(format), images, typed, toOutput);
            if (form != RestoreForm.Kind.Files)
            {
                var output = toOutput ? host.WithoutOutput() : host;
                await CopyProgress.RunAsync(output, parsed.GetValue(json), parsed.GetValue(verbose), progress =>
                    Task.Run(() => RestoreForm.Run(form, repository, images[0], target, parsed.GetValue(force), progress, cancellation))).ConfigureAwait(false);
                if (parsed.GetValue(json) && !toOutput)
                    JsonOutput.Write(host.Out, new(manifest.Id, target, [images[0].Path.Text], images[0].Size, []) { ImagesBytes = ExactNames.BytesOf([images[0].Path]) }, BackupAnswerJson.Default.RestoreAnswer);
                else
                    await output.Out.WriteLineAsync($"Restored {images[0].Path} of {manifest.Id}, {Units.Bytes(images[0].Size)}, to {target}.").ConfigureAwait(false);
                return ExitCode.Ok;
            }
            bool toFile = images.Count == 1 && typed.Length > 1 && !typed[^1].EndsWith('/') && !RestoreRun.IsFolder(target);
            var warnings = await CopyProgress.RunAsync(host, parsed.GetValue(json), parsed.GetValue(verbose), progress => Task.Run(() =>
            {
                var run = new RestoreRun(repository, manifest, new() { Force = parsed.GetValue(force), AllAttributes = parsed.GetValue(all) }, progress);
                if (toFile)
                    run.ToFile(images[0], target, cancellation);
                else
                    run.IntoFolder(images, target, cancellation);
                return run.Warnings;
            })).ConfigureAwait(false);
            long bytes = images.Total(i => i.Size);
            if (parsed.GetValue(json))
                JsonOutput.Write(host.Out, new(manifest.Id, target, [.. images.Select(i => i.Path.Text)], bytes, warnings) { ImagesBytes = ExactNames.BytesOf(images.Select(i => i.Path)) }, BackupAnswerJson.Default.RestoreAnswer);
            else
                await host.Out.WriteLineAsync($"Restored {Units.Count(images.Count)} {(images.Count == 1 ? "image" : "images")} of {manifest.Id}, {Units.Bytes(bytes)}, to {target}.").ConfigureAwait(false);
            return ExitCode.Ok;
        });
        return command;
    }
}
