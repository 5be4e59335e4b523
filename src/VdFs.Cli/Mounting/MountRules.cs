using VdFs.Fuse.Mounting;

namespace VdFs.Cli.Mounting;

/// <summary>What has to be so before VdFs mounts. Pure: the facts are given.</summary>
public static class MountRules
{
    /// <summary>More threads than this serve nobody: the kernel hands out requests one by one.</summary>
    public const int MaxThreads = 256;

    /// <summary>Microseconds.</summary>
    public const int MaxSpin = 1000;

    /// <summary>Seconds: a day.</summary>
    public const int MaxHangLimit = 86_400;

    /// <summary>The first thing that stands against mounting; null if nothing does.</summary>
    public static CommandFailedException? Check(MountRequest request, MountFacts facts) =>
        CheckBacking(request, facts) ?? CheckMountPoint(request, facts) ?? CheckPlaces(request) ?? CheckKinds(request, facts) ?? CheckHost(request, facts);

    private static CommandFailedException? CheckBacking(MountRequest request, MountFacts facts)
    {
        var backing = request.BackingDirectory;
        if (facts.Mounts.Containing(backing) is { IsVdFs: true } above)
        {
            return backing == above.MountPoint
                ? Failed(ExitCode.Exists, $"{backing} {Shows(above, facts.Mounts)} already (from {above.Source}); unmount it first: {Unmount(above, facts.Mounts)}.")
                : Failed(ExitCode.Exists, $"{backing} lies inside the VdFs mount {above.MountPoint}; name the backing directory itself, {above.Source}, or another one.");
        }
        foreach (var mount in facts.Mounts.Entries)
        {
            if (!mount.IsVdFs)
                continue;
            if (mount.Source == backing)
                return Failed(ExitCode.Exists, $"{backing} is mounted by VdFs already, at {mount.MountPoint}; use that, or unmount it first: vdfs unmount {Quote(mount.MountPoint)}.");
            // What one of them writes would be missing in the records of the other.
            if (MountView.IsAtOrBelow(backing, mount.Source) || MountView.IsAtOrBelow(mount.Source, backing))
                return Failed(ExitCode.Exists, $"{backing} and {mount.Source}, which VdFs shows at {mount.MountPoint}, have images in common; use that mount, or unmount it first: vdfs unmount {Quote(mount.MountPoint)}.");
        }
        return facts.Backing switch
        {
            PathKind.Missing => Failed(ExitCode.NotFound, $"The backing directory {backing} doesn't exist; create it, or name the directory that holds the images."),
            PathKind.Other => Failed(ExitCode.Usage, $"{backing} isn't a directory; name the directory that holds the images."),
            PathKind.Unreachable => Failed(ExitCode.NoPermission, $"The backing directory {backing} can't be reached; check the permissions on the way to it."),
            _ when !facts.BackingReadable => Failed(ExitCode.NoPermission, $"The backing directory {backing} can't be read by this user; check its permissions."),
            _ when facts.HoldsSnapshotsEntry => Failed(ExitCode.Refused, $"{backing} holds an entry .snapshots of its own, which the mount would hide; rename it first."),
            _ => null,
        };
    }

    private static CommandFailedException? CheckMountPoint(MountRequest request, MountFacts facts)
    {
        var point = request.MountPoint;
        if (facts.Mounts.At(point) is { IsFuse: true } mounted)
        {
            return mounted.IsVdFs
                ? Failed(ExitCode.Exists, $"{point} {Shows(mounted, facts.Mounts)} already (from {mounted.Source}); unmount it first: {Unmount(mounted, facts.Mounts)}.")
                : Failed(ExitCode.Refused, $"The mount point {point} is busy: {mounted.Source} ({mounted.Type}) is mounted there; unmount that, or choose another directory.");
        }
        switch (facts.MountPoint)
        {
            case PathKind.Missing:
                return Failed(ExitCode.NotFound, $"The mount point {point} doesn't exist; create it: mkdir -p {Quote(point)}.");
            case PathKind.Other:
                return Failed(ExitCode.Usage, $"The mount point {point} isn't a directory; name one that is.");
            case PathKind.Unreachable:
                return Failed(ExitCode.NoPermission, $"The mount point {point} can't be reached; check the permissions on the way to it, and whether a dead mount is there.");
        }
        if (request.InPlace)
            return null;
        if (MountView.IsAtOrBelow(request.BackingDirectory, point))
            return Failed(ExitCode.Usage, $"The backing directory {request.BackingDirectory} lies inside the mount point {point}, which would hide it; mount over {request.BackingDirectory} itself, or choose another mount point.");
        if (MountView.IsAtOrBelow(point, request.BackingDirectory))
            return Failed(ExitCode.Usage, $"The mount point {point} lies inside the backing directory {request.BackingDirectory}, so the mount would show itself; mount over {request.BackingDirectory} itself, or choose another mount point.");
        return null;
    }

    private static CommandFailedException? CheckPlaces(MountRequest request)
    {
        var hidden = request.BackingDirectory.TrimEnd('/') + "/.vdfs";
        return CheckPlace("state", request.StateDirectory, hidden, request)
            ?? CheckPlace("preserve", request.PreserveDirectory, hidden, request);
    }

    private static CommandFailedException? CheckKinds(MountRequest request, MountFacts facts) =>
        facts.State == PathKind.Other ? Failed(ExitCode.Usage, $"{request.StateDirectory} isn't a directory; name one for the state: --state DIR.")
            : facts.Preserve == PathKind.Other ? Failed(ExitCode.Usage, $"{request.PreserveDirectory} isn't a directory; name one for pre-images: --preserve DIR.") : null;

    private static CommandFailedException? CheckPlace(string what, string place, string hidden, MountRequest request)
    {
        if (MountView.IsAtOrBelow(place, hidden))
            return null;
        if (MountView.IsAtOrBelow(place, request.BackingDirectory))
            return Failed(ExitCode.Usage, $"The {what} directory {place} would be seen through the mount; choose one outside of {request.BackingDirectory}, or below {hidden}, which the mount hides.");
        if (MountView.IsAtOrBelow(place, request.MountPoint))
            return Failed(ExitCode.Usage, $"The {what} directory {place} lies below the mount point, which would hide it; choose one outside of {request.MountPoint}.");
        return null;
    }

    private static CommandFailedException? CheckHost(MountRequest request, MountFacts facts)
    {
        const int NoEntry = 2, NoDevice = 19, NoSuchDevice = 6, NotPermitted = 1, AccessDenied = 13;
        switch (facts.DeviceError)
        {
            case 0:
                break;
            case NoEntry or NoDevice or NoSuchDevice:
                return Failed(ExitCode.HostLacks, "There is no /dev/fuse here; load the kernel's module (modprobe fuse), or give the container the device (--device /dev/fuse).");
            case NotPermitted or AccessDenied:
                return Failed(ExitCode.NoPermission, "/dev/fuse may not be opened by this user; in a container add the device and the capability SYS_ADMIN, elsewhere set its mode to 0666.");
            default:
                return Failed(ExitCode.HostLacks, $"/dev/fuse can't be opened (errno {facts.DeviceError}); `vdfs doctor` says more.");
        }
        if (facts.User == 0)
            return null;
        if (!facts.HasFusermount)
            return Failed(ExitCode.HostLacks, "Mounting without being root needs fusermount3, which isn't installed; install the package fuse3 (native-deps/install.sh does), or mount as root.");
        if (request.AllowOther && !facts.UserAllowOther)
            return Failed(ExitCode.NoPermission, "allow_other needs the line user_allow_other in /etc/fuse.conf when the one who mounts isn't root; add it, or leave allow_other out.");
        return null;
    }

    private static CommandFailedException Failed(ExitCode code, string message) => new(code, message);

    /// <summary>At another place of a mount the command is the one that fits where it was mounted.</summary>
    private static string Shows(MountEntry mount, MountView mounts) =>
        mounts.Origin(mount).MountPoint is var origin && origin == mount.MountPoint ? "is mounted by VdFs" : $"shows the VdFs mount {origin}";

    private static string Unmount(MountEntry mount, MountView mounts) => $"vdfs unmount {Quote(mounts.Origin(mount).MountPoint)}";

    /// <summary>As a shell takes it.</summary>
    private static string Quote(string path) =>
        path.All(c => char.IsAsciiLetterOrDigit(c) || "/._-+@".Contains(c, StringComparison.Ordinal)) ? path
            : "'" + path.Replace("'", "'\\''", StringComparison.Ordinal) + "'";
}
