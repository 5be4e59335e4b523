using System.CommandLine;
using System.Diagnostics;
using VdFs.Cli.Mounting;
using VdFs.Cli.Output;
using VdFs.Cli.Service;
using VdFs.Fuse.Mounting;

namespace VdFs.Cli.Commands;

/// <summary>`vdfs unmount MOUNTPOINT [--lazy | --force]`: returns when the daemon has ended, so that the next mount finds nothing in its way.</summary>
internal static class UnmountCommand
{
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(60);

    /// <summary>A daemon that still lives then may be held by somebody, which is told at once and not after a minute.</summary>
    private static readonly TimeSpan LookAfter = TimeSpan.FromSeconds(5);

    /// <summary>Mount namespaces come and go: each start of a sandboxed program makes one.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(200);

    public static Command Build(CliHost host, Option<bool> json)
    {
        var point = new Argument<string>("MOUNTPOINT") { Description = "Where VdFs is mounted." };
        var lazy = new Option<bool>("--lazy", "-z") { Description = "Take the name away even if files are open; they are served until they are closed." };
        var force = new Option<bool>("--force") { Description = "End it under its users, who get errors: shows them first, and asks. Nothing that was acknowledged is lost." };
        var yes = new Option<bool>("--yes", "-y") { Description = "With --force: don't ask." };
        var command = new Command("unmount", "Unmount, and wait until all is written and the daemon has ended.") { point, lazy, force, yes };
        command.Aliases.Add("umount");
        command.SetAction(async (parsed, cancellation) =>
        {
            if (parsed.GetValue(lazy) && parsed.GetValue(force))
                throw new CommandFailedException(ExitCode.Usage, "--lazy serves open files until they are closed, --force ends them now; give one of the two.");
            var message = await RunAsync(host, parsed.GetRequiredValue(point), parsed.GetValue(lazy), parsed.GetValue(force), parsed.GetValue(yes), cancellation).ConfigureAwait(false);
            if (parsed.GetValue(json))
                JsonOutput.Write(host.Out, new(message), ServiceJson.Default.Done);
            else
                await host.Out.WriteLineAsync(message).ConfigureAwait(false);
            return (int)ExitCode.Ok;
        });
        return command;
    }

    private static Task<string> RunAsync(CliHost host, string typed, bool lazily, bool force, bool yes, CancellationToken cancellation)
    {
        var mounts = host.Mounts();
        var path = PathResolver.Resolve(typed, mounts);
        if (mounts.At(path) is not { IsVdFs: true } mount)
            return WithoutMountAsync(host, typed, path, mounts, force, yes, cancellation);
        var place = MountLookup.PlaceOf(host, mount);
        // The kernel would refuse it too, but not say why.
        if (host.User != 0 && host.User != place.Owner)
            throw place.NotYours();
        return force ? ForceAsync(host, place, mount.Minor, yes, cancellation) : UnmountAsync(host, mounts, mount, place, lazily, cancellation);
    }

    private static async Task<string> UnmountAsync(CliHost host, MountView mounts, MountEntry mount, ServicePlace place, bool lazily, CancellationToken cancellation)
    {
        bool another = place.MountPoint != mount.MountPoint && mounts.At(place.MountPoint) is { IsVdFs: true } main && main.Minor == mount.Minor;
        if (!another && !lazily && place.Presence == DaemonPresence.Lives && await FindElsewhereAsync(host, mount, cancellation).ConfigureAwait(false) is { } elsewhere)
            throw new CommandFailedException(ExitCode.Refused, $"{mount.MountPoint} is kept by {elsewhere}: unmounting it here wouldn't end it. End these first; or take only the name away (--lazy), or end it under its users, who then get errors (--force).");
        await Unmounter.UnmountAsync(mount, lazily, cancellation).ConfigureAwait(false);
        if (another)
            return $"{mount.MountPoint} is unmounted; the mount at {place.MountPoint} goes on.";
        if (lazily && place.Presence == DaemonPresence.Lives)
            return $"{mount.MountPoint} is gone; its daemon ends when the last open file is closed.";
        await WaitForEndAsync(place, mount.Minor, cancellation).ConfigureAwait(false);
        return $"{mount.MountPoint} is unmounted.";
    }

    /// <summary>Who would keep it though it is unmounted here, and does so for longer than a moment.</summary>
    private static async Task<string?> FindElsewhereAsync(CliHost host, MountEntry mount, CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            var found = MountUsers.Elsewhere(mount, host.Mounts());
            if (found is null || Stopwatch.GetElapsedTime(start) > Patience)
                return found;
            await Task.Delay(Step, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Nothing is mounted there: perhaps the daemon lives on, or a death left the bare directory guarded.</summary>
    private static async Task<string> WithoutMountAsync(CliHost host, string typed, string path, MountView mounts, bool force, bool yes, CancellationToken cancellation)
    {
        if (StrayDaemon.At(path, host.Folders, mounts) is { } stray)
        {
            var place = host.Folders.PlaceOf(path, stray.Owner);
            return force ? await ForceAsync(host, place, stray.Note.Connection, yes, cancellation).ConfigureAwait(false)
                : throw new CommandFailedException(ExitCode.Refused, stray.Problem);
        }
        if (mounts.Containing(path) is not { IsVdFs: true } && PutBack(host.Folders.PlaceOf(path, host.User)))
            return $"Nothing is mounted at {path} any more; the directory has the owner and the mode that it had before.";
        MountLookup.Find(host, typed);
        throw new CommandFailedException(ExitCode.NotFound, $"No VdFs is mounted at {path}; `vdfs status` lists the mounts.");
    }

    private static async Task<string> ForceAsync(CliHost host, ServicePlace place, int connection, bool yes, CancellationToken cancellation)
    {
        if (host.User != 0 && host.User != place.Owner)
            throw place.NotYours();
        var users = ForcedEnd.Ask(host, place.MountPoint, connection, yes);
        ForcedEnd.End(connection, host.Mounts);
        await WaitForEndAsync(place, connection: 0, cancellation).ConfigureAwait(false);
        return users.Count == 0 ? $"{place.MountPoint} is unmounted." : $"{place.MountPoint} is ended; {Units.Plural(users.Count, "process gets", "processes get")} errors for what they had open there.";
    }

    /// <param name="place">Has the daemon's locks.</param>
    /// <param name="connection">Whose users are told if it goes on; 0: it has none any more.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    private static async Task WaitForEndAsync(ServicePlace place, int connection, CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        foreach (var one in place.Locks)
        {
            bool looked = connection == 0;
            while (!await DaemonLock.WaitUntilFreeAsync(one, looked ? EndLimit - Stopwatch.GetElapsedTime(start) : LookAfter, cancellation).ConfigureAwait(false))
            {
                if (looked)
                    throw new CommandFailedException(ExitCode.TimedOut, $"{place.MountPoint} is unmounted, but its daemon hasn't ended within {EndLimit.TotalSeconds:0} seconds; its log says what it is doing.");
                looked = true;
                if (MountUsers.Of(connection) is { } users)
                    throw new CommandFailedException(ExitCode.Refused, $"{place.MountPoint} is unmounted here, but its daemon goes on for {users}. It ends when they end; to have it end now, which gives them errors: vdfs unmount --force {place.MountPoint}.");
            }
        }
        PutBack(place);
    }

    /// <summary>A daemon that ended well has done it by itself; one that died hasn't. Under its lock, so that none begins meanwhile.</summary>
    private static bool PutBack(ServicePlace place)
    {
        int held = place.Locks.Select(one => Fuse.Native.ProcessCalls.OpenLocked(one, create: false)).FirstOrDefault(descriptor => descriptor >= 0, -1);
        if (held < 0 && place.Presence == DaemonPresence.Lives)
            return false;
        bool done = MountPointMark.PutBack(place.MountPoint);
        if (held >= 0)
            Fuse.Native.ProcessCalls.Close(held);
        return done;
    }
}
