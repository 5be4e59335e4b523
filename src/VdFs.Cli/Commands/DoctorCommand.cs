using System.CommandLine;
using VdFs.Cli.Doctor;
using VdFs.Cli.Output;
using VdFs.Cli.Service;

namespace VdFs.Cli.Commands;

/// <summary>`vdfs doctor`.</summary>
internal static class DoctorCommand
{
    public static Command Build(CliHost host, Option<bool> json)
    {
        var command = new Command("doctor", "Show what this host has and lacks for VdFs, and what to do.");
        command.SetAction(parsed => Run(host, HostFacts.Gather(host.User), parsed.GetValue(json)));
        return command;
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
