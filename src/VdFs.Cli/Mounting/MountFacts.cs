using System.IO;
using VdFs.Fuse.Native;

namespace VdFs.Cli.Mounting;

/// <summary>What <see cref="MountRules"/> judges a request by; gathered once, before anything is changed.</summary>
public sealed record MountFacts
{
    public required MountView Mounts { get; init; }

    /// <summary>Effective user id.</summary>
    public uint User { get; init; }

    public PathKind Backing { get; init; }

    public bool BackingReadable { get; init; }

    /// <summary>The backing directory holds an entry `.snapshots` of its own.</summary>
    public bool HoldsSnapshotsEntry { get; init; }

    public PathKind MountPoint { get; init; }

    public PathKind State { get; init; }

    public PathKind Preserve { get; init; }

    /// <summary>errno of opening /dev/fuse; 0: it can be opened.</summary>
    public int DeviceError { get; init; }

    public bool HasFusermount { get; init; }

    /// <summary>/etc/fuse.conf has `user_allow_other`.</summary>
    public bool UserAllowOther { get; init; }

    public static MountFacts Gather(MountRequest request, MountView mounts, uint user)
    {
        // A mount of VdFs is never looked into: its daemon may hang. The rules refuse it by the table alone.
        bool servedBacking = mounts.Containing(request.BackingDirectory) is { IsVdFs: true };
        bool busyMountPoint = mounts.At(request.MountPoint) is { IsFuse: true };
        var backing = servedBacking ? PathKind.Directory : Look(request.BackingDirectory);
        return new()
        {
            Mounts = mounts,
            User = user,
            Backing = backing,
            BackingReadable = !servedBacking && backing == PathKind.Directory && ProcessCalls.TryOpen(request.BackingDirectory, write: false) == 0
                && ProcessCalls.Look(request.BackingDirectory + "/.", out _, out _) == 0,
            HoldsSnapshotsEntry = !servedBacking && backing == PathKind.Directory
                && ProcessCalls.Look(request.BackingDirectory.TrimEnd('/') + "/.snapshots", out _, out _) == 0,
            MountPoint = busyMountPoint ? PathKind.Directory : Look(request.MountPoint),
            State = mounts.Containing(request.StateDirectory) is { IsVdFs: true } ? PathKind.Missing : Look(request.StateDirectory),
            Preserve = mounts.Containing(request.PreserveDirectory) is { IsVdFs: true } ? PathKind.Missing : Look(request.PreserveDirectory),
            DeviceError = ProcessCalls.TryOpen("/dev/fuse", write: true),
            HasFusermount = FindProgram("fusermount3") is not null,
            UserAllowOther = AllowsOthers("/etc/fuse.conf"),
        };
    }

    /// <summary>Path of a program in PATH, or null.</summary>
    public static string? FindProgram(string name)
    {
        foreach (var folder in (Environment.GetEnvironmentVariable("PATH") ?? "/usr/local/bin:/usr/bin:/bin").Split(':'))
        {
            var path = Path.Combine(folder.Length == 0 ? "." : folder, name);
            if (File.Exists(path))
                return path;
        }
        return null;
    }

    /// <summary>Whether a file like fuse.conf(5) has the word on a line of its own.</summary>
    public static bool AllowsOthers(string configuration)
    {
        try
        {
            return File.ReadLines(configuration).Any(line => line.Trim() == "user_allow_other");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static PathKind Look(string path)
    {
        const uint TypeMask = 0xF000, Directory = 0x4000;
        const int NoEntry = 2, NotDirectory = 20;
        return ProcessCalls.Look(path, out uint mode, out _) switch
        {
            0 => (mode & TypeMask) == Directory ? PathKind.Directory : PathKind.Other,
            NoEntry or NotDirectory => PathKind.Missing,
            _ => PathKind.Unreachable,
        };
    }
}
