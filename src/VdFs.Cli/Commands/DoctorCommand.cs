using System.CommandLine;
using VdFs.Cli.Doctor;
using VdFs.Cli.Mounting;
using VdFs.Cli.Output;
using VdFs.Cli.Service;

namespace VdFs.Cli.Commands;

/// <summary>`vdfs doctor`.</summary>
internal static class DoctorCommand
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    public static Command Build(CliHost host, Option<bool> json)
    {
        var command = new Command("doctor", "Show what this host has and lacks for VdFs, and what to do.");
        command.SetAction(async (parsed, cancellation) =>
            Run(host, HostFacts.Gather(host.User) with { Images = await MostImagesAsync(host, cancellation).ConfigureAwait(false) }, parsed.GetValue(json)));
        return command;
    }

    /// <summary>Of the mounts that answer this user.</summary>
    private static async Task<int> MostImagesAsync(CliHost host, CancellationToken cancellation)
    {
        int most = 0;
        foreach (var mount in host.Mounts().Entries.Where(mount => mount.IsVdFs))
        {
            try
            {
                using var client = MountLookup.Connect(host, mount, Patience);
                most = Math.Max(most, (await client.StatusAsync(cancellation).ConfigureAwait(false)).Engine.ImagesKnown);
            }
            catch (CommandFailedException)
            {
                // Another user's, or one that is just starting: the others tell enough.
            }
        }
        return most;
    }

    internal static int Run(CliHost host, HostFacts facts, bool json)
    {
        var checks = HostChecks.Judge(facts).ToList();
        bool can = HostChecks.CanRun(checks);
        if (json)
        {
            JsonOutput.Write(host.Out, checks, ServiceJson.Default.ListHostCheck);
        }
        else
        {
            HumanOutput.Table(host.Out, ["", "what", "found"], checks.Select(check => (IReadOnlyList<string>)[check.Verdict, check.Name, check.Found]));
            foreach (var check in checks.Where(check => check.Advice.Length > 0))
                host.Out.WriteLine($"{check.Name}: {check.Advice}");
            host.Out.WriteLine(can ? "VdFs can run here." : "VdFs can't run here until what it lacks is there.");
        }
        return (int)(can ? ExitCode.Ok : ExitCode.HostLacks);
    }
}
