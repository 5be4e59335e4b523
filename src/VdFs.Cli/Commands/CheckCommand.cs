using System.CommandLine;
using VdFs.Cli.Checking;
using VdFs.Cli.Mounting;
using VdFs.Cli.Output;
using VdFs.Cli.Service;
using VdFs.Core.Checking;
using VdFs.Fuse.Mounting;

namespace VdFs.Cli.Commands;

/// <summary>`vdfs check IMAGES`.</summary>
internal static class CheckCommand
{
    public static Command Build(CliHost host, Option<bool> json)
    {
        var images = new Argument<string>("IMAGES") { Description = "The directory that holds the disk images, or where they are mounted." };
        var state = new Option<string?>("--state") { Description = "Where VdFs keeps its records. [default: .vdfs in IMAGES]", HelpName = "DIR" };
        var preserve = new Option<string?>("--preserve") { Description = "Where pre-images are. [default: where the last mount had them]", HelpName = "DIR" };
        var repair = new Option<bool>("--repair") { Description = "Repair what can be repaired without guessing; not while mounted. Images are never touched." };
        var command = new Command("check", "Read all that VdFs keeps about images and say what is wrong with it.") { images, state, preserve, repair };
        command.SetAction(async (parsed, cancellation) =>
        {
            var mounts = host.Mounts();
            var path = PathResolver.Resolve(parsed.GetRequiredValue(images), mounts);
            bool repairs = parsed.GetValue(repair);
            CheckReport report;
            if (MountOf(mounts, path) is { } mount)
            {
                if (repairs)
                    throw new CommandFailedException(ExitCode.Refused, $"{path} is mounted by VdFs, and what is in use is not repaired; unmount it first: vdfs unmount {mount.MountPoint}.");
                using var client = MountLookup.Connect(host, mount);
                report = await client.CheckAsync(ProgressOf(host), cancellation).ConfigureAwait(false);
            }
            else
            {
                var request = new MountRequest
                {
                    BackingDirectory = path, MountPoint = path,
                    State = parsed.GetValue(state) is { } s ? PathResolver.Resolve(s, mounts) : null,
                    Preserve = parsed.GetValue(preserve) is { } p ? PathResolver.Resolve(p, mounts) : null,
                };
                report = UnmountedCheck.Run(request, repairs, new() { Cancellation = cancellation, Progress = ProgressOf(host) });
            }
            if (parsed.GetValue(json))
                JsonOutput.Write(host.Out, report, ServiceJson.Default.CheckReport);
            else
                Show(host, report, repairs);
            return (int)(report.Clean ? ExitCode.Ok : ExitCode.FaultsFound);
        });
        return command;
    }

    private static MountEntry? MountOf(MountView mounts, string path)
    {
        if (mounts.Containing(path) is { IsVdFs: true } around)
            return around.MountPoint == path ? around : throw new CommandFailedException(ExitCode.Usage, $"{path} lies inside the mount {around.MountPoint}; name the mount point itself.");
        return mounts.Entries.FirstOrDefault(one => one.IsVdFs && one.Source == path);
    }

    /// <summary>To people at a terminal, once in two seconds.</summary>
    private static Action<long> ProgressOf(CliHost host)
    {
        if (Console.IsErrorRedirected)
            return static _ => { };
        var next = DateTime.UtcNow.AddSeconds(2);
        return bytes =>
        {
            if (DateTime.UtcNow < next)
                return;
            next = DateTime.UtcNow.AddSeconds(2);
            host.Error.WriteLine($"vdfs: {Units.Bytes(bytes)} of pre-images read ...");
        };
    }

    private static void Show(CliHost host, CheckReport report, bool repaired)
    {
        foreach (var one in report.Findings)
        {
            host.Out.WriteLine($"{(one.Fault ? "FAULT" : "note")}  {one.Where}: {one.What}");
            host.Out.WriteLine($"       {one.Meaning}.");
            if (one.Repaired)
                host.Out.WriteLine($"       Repaired: {one.Repair}.");
            else if (one.Repair.Length > 0)
                host.Out.WriteLine($"       --repair {one.Repair}.");
        }
        int faults = report.Findings.Count(one => one.Fault), open = report.Findings.Count(one => one.Fault && !one.Repaired);
        host.Out.WriteLine($"Read: {Units.Plural(report.Images, "image", "images")}, {Units.Plural(report.Snapshots, "snapshot", "snapshots")}, {Units.Plural(report.Checkpoints, "checkpoint", "checkpoints")}, {Units.Plural(report.Records, "change record", "change records")}, {Units.Bytes(report.Blocks << 12)} of pre-images.");
        host.Out.WriteLine(faults == 0 ? "No faults."
            : open == 0 ? $"{faults} {(faults == 1 ? "fault" : "faults")}, all repaired."
            : repaired ? $"{faults} {(faults == 1 ? "fault" : "faults")}, {open} of them can't be repaired."
            : $"{faults} {(faults == 1 ? "fault" : "faults")}.");
    }
}
