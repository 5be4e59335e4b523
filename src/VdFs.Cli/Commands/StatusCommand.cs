using System.CommandLine;
using VdFs.Cli.Composition;
using VdFs.Cli.Mounting;
using VdFs.Cli.Output;
using VdFs.Cli.Service;
using VdFs.Core.Space;
using VdFs.Fuse.Mounting;

namespace VdFs.Cli.Commands;

/// <summary>`vdfs status [MOUNTPOINT]`.</summary>
internal static class StatusCommand
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public static Command Build(CliHost host, Option<bool> json)
    {
        var point = new Argument<string?>("MOUNTPOINT") { Description = "The mount to show; all if left out.", Arity = ArgumentArity.ZeroOrOne };
        var check = new Option<bool>("--check") { Description = "For monitoring: one line with all that is wrong, and exit code 10 if something is." };
        var command = new Command("status", "Show the mounts of VdFs and how they are.") { point, check };
        command.SetAction(async (parsed, cancellation) =>
        {
            if (parsed.GetValue(check))
            {
                IReadOnlyList<MountListing> asked = parsed.GetValue(point) is { } one
                    ? [await AskAsync(host, MountLookup.Find(host, one), cancellation).ConfigureAwait(false)] : await ListAsync(host, cancellation).ConfigureAwait(false);
                return (int)StatusCheck.Tell(host, asked, parsed.GetValue(json));
            }
            if (parsed.GetValue(point) is { } typed)
            {
                var mount = MountLookup.Find(host, typed);
                using var client = MountLookup.Connect(host, mount, Patience);
                var status = await client.StatusAsync(cancellation).ConfigureAwait(false);
                if (parsed.GetValue(json))
                    JsonOutput.Write(host.Out, status, ServiceJson.Default.MountStatus);
                else
                    Show(host, status);
                return (int)ExitCode.Ok;
            }
            var listings = await ListAsync(host, cancellation).ConfigureAwait(false);
            if (parsed.GetValue(json))
                JsonOutput.Write(host.Out, listings, ServiceJson.Default.ListMountListing);
            else
                Show(host, listings);
            return (int)ExitCode.Ok;
        });
        return command;
    }

    private static async Task<List<MountListing>> ListAsync(CliHost host, CancellationToken cancellation)
    {
        var listings = new List<MountListing>();
        // Each mount once, however many places it has.
        var mounts = host.Mounts();
        foreach (var mount in mounts.Entries.Where(mount => mount.IsVdFs).Select(mounts.Origin).Distinct())
            listings.Add(await AskAsync(host, mount, cancellation).ConfigureAwait(false));
        listings.AddRange(StrayDaemon.All(host.Folders, mounts).Select(stray => new MountListing(stray.Note.MountPoint, stray.Note.BackingDirectory, false, null, stray.Problem) { Code = ExitCode.Refused }));
        return listings;
    }

    private static async Task<MountListing> AskAsync(CliHost host, MountEntry mount, CancellationToken cancellation)
    {
        try
        {
            using var client = MountLookup.Connect(host, mount, Patience);
            return new(mount.MountPoint, mount.Source, true, await client.StatusAsync(cancellation).ConfigureAwait(false), null);
        }
        catch (CommandFailedException e)
        {
            return new(mount.MountPoint, mount.Source, false, null, e.Message) { Code = e.Code };
        }
    }

    private static string WhenFull(SpaceStatus space)
    {
        var policy = space.WhenFull == SpaceWord.Of(Core.Space.WhenFull.Wait)
            ? $"{space.WhenFull} up to {Units.Duration(TimeSpan.FromSeconds(space.WaitSeconds))}" : space.WhenFull;
        return $"{policy}; {(space.WaitingWriters == 0 ? "no writer waits" : $"{Units.Plural(space.WaitingWriters, "request waits", "requests wait")} for room")}; limit {space.FixedLimit}";
    }

    private static void Show(CliHost host, List<MountListing> listings)
    {
        if (listings.Count == 0)
        {
            host.Out.WriteLine("No VdFs is mounted.");
            return;
        }
        bool first = true;
        foreach (var listing in listings)
        {
            if (!first)
                host.Out.WriteLine();
            first = false;
            if (listing.Status is { } status)
                Show(host, status);
            else
                HumanOutput.Pairs(host.Out, [("mount point", listing.MountPoint), ("backing directory", listing.BackingDirectory), ("problem", listing.Problem ?? "")]);
        }
    }

    private static void Show(CliHost host, MountStatus status)
    {
        var (mount, engine) = (status.Mount, status.Engine);
        var pairs = new List<(string, string)>
        {
            ("mount point", mount.MountPoint),
            ("backing directory", mount.BackingDirectory),
            ("options", string.Join(',', mount.Options)),
            ("daemon", $"worker pid {status.Pid}, version {status.Version}, up for {Units.Duration(TimeSpan.FromSeconds(status.UptimeSeconds))}, FUSE {mount.Protocol}, requests by {status.Worker.Transport}"),
            ("supervisor", Supervision(status)),
            ("images", $"{Units.Count(engine.ImagesKnown)} known, {Units.Count(engine.ImagesWritten)} written in generation {Units.Count(engine.Generation)}"),
            ("room for images", $"{Units.Bytes(status.ImagesFree)} free of {Units.Bytes(status.ImagesTotal)}"),
            ("snapshots", $"{status.Snapshots} held, {status.Checkpoints} of at most {Units.Plural(mount.MaxCheckpoints, "checkpoint", "checkpoints")}"),
            ("since mounted", $"{Units.Bytes(engine.RecordedBlocks * 4096)} first touched, {Units.Bytes(engine.PreservedBlocks * 4096)} preserved"),
            ("preserve store", $"{Units.Bytes(engine.Space.Used)} used, {engine.Space.Percent} % of {Units.Bytes(engine.Space.Limit)}, {Units.Bytes(engine.PreserveFree)} free, {mount.PreserveDirectory}"),
            ("when full", WhenFull(engine.Space)),
            ("state", $"{Units.Bytes(engine.StateFree)} free, {Units.Bytes(engine.Space.StateReserve)} set aside, {mount.StateDirectory}"),
            ("last cut", engine.LastCutMilliseconds > 0 ? $"held writers for {engine.LastCutMilliseconds:0.0} ms" : "none since mounted"),
        };
        pairs.AddRange(status.Warnings.Select(warning => ("warning", warning)));
        if (mount.Log.Length > 0)
            pairs.Add(("log", mount.Log));
        foreach (var refused in mount.Refused)
            pairs.Add(("not offered here", refused));
        HumanOutput.Pairs(host.Out, pairs);
    }

    private static string Supervision(MountStatus status)
    {
        var who = status.Supervisor is { } supervisor ? $"pid {supervisor.Pid}"
            : status.Holder == MountHolders.ServiceManager ? "the service manager, which holds the mount and starts the next worker"
            : "none (it died)";
        if (status.Restarts == 0)
            return who;
        var hung = status.Hangs switch { 0 => "", var all when all == status.Restarts => " because it hung", _ => $" ({Units.Times(status.Hangs)} because it hung)" };
        var last = status.Restarts == 1 ? "within" : "the last time within";
        return $"{who}; the worker was replaced {Units.Times(status.Restarts)}{hung}, {last} {status.LastPauseMilliseconds:0} ms";
    }
}
