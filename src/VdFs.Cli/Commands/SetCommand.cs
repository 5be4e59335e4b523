using System.CommandLine;
using VdFs.Cli.Mounting;
using VdFs.Cli.Output;
using VdFs.Cli.Service;

namespace VdFs.Cli.Commands;

/// <summary>`vdfs set MOUNTPOINT`: what can be changed while a mount is in use.</summary>
internal static class SetCommand
{
    public static Command Build(CliHost host, Option<bool> json)
    {
        var point = new Argument<string>("MOUNTPOINT") { Description = "Where VdFs is mounted." };
        var space = new SpaceOptions();
        var command = new Command("set", "Change how much room snapshots may take while a mount is in use, until it is unmounted.") { point };
        space.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            var request = new SetRequest(
                space.Limit(parsed)?.ToString(), space.Policy(parsed) is { } policy ? SpaceWord.Of(policy) : null, space.WaitLimit(parsed));
            if (request is { PreserveLimit: null, WhenFull: null, WhenFullLimit: null })
                throw new CommandFailedException(ExitCode.Usage, "Nothing to set; `vdfs set --help` lists what can be.");
            using var client = MountLookup.Connect(host, MountLookup.Find(host, parsed.GetRequiredValue(point)));
            var done = await client.SetAsync(request, cancellation).ConfigureAwait(false);
            if (parsed.GetValue(json))
                JsonOutput.Write(host.Out, done, ServiceJson.Default.Done);
            else
                await host.Out.WriteLineAsync(done.Message).ConfigureAwait(false);
            return (int)ExitCode.Ok;
        });
        return command;
    }
}
