using VdFs.Cli.Service;

namespace VdFs.Cli.Mounting;

/// <summary>Before a mount: a dead one in its way is taken away, and the rules are asked.</summary>
internal static class MountAdmission
{
    /// <param name="host">The world.</param>
    /// <param name="read">Reads the request, given the table of mounts.</param>
    /// <returns>The request; <see cref="CommandFailedException"/> if something stands against it.</returns>
    public static MountRequest Admit(CliHost host, Func<MountView, MountRequest> read)
    {
        var mounts = host.Mounts();
        var request = read(mounts);
        if (StaleMount.Find(request, mounts, host.Folders) is { } stale)
        {
            StaleMount.Detach(stale, host.Error);
            mounts = host.Mounts();
            request = read(mounts);
        }
        if (MountRules.Check(request, MountFacts.Gather(request, mounts, host.User)) is { } refused)
            throw WithOrphan(refused, request, mounts, host);
        return request;
    }

    /// <summary>Who finds a mount there already is told if nothing would start another worker for it.</summary>
    private static CommandFailedException WithOrphan(CommandFailedException refused, MountRequest request, MountView mounts, CliHost host)
    {
        var there = refused.Code != ExitCode.Exists ? null
            : mounts.Entries.FirstOrDefault(mount => mount.IsVdFs && (mount.MountPoint == request.MountPoint || mount.Source == request.BackingDirectory));
        return there is not null && MountNote.Of(there, host.Folders) is { HasHolder: false }
            ? new(refused.Code, $"{refused.Message} {Orphan(there.MountPoint)}") : refused;
    }

    /// <summary>What helps a mount whose supervisor died.</summary>
    public static string Orphan(string mountPoint) =>
        $"Its supervisor died: the mount is served, but if its worker dies too, all who use it get I/O errors. When it suits, stop them, unmount it (vdfs unmount {mountPoint}) and mount it again.";
}
