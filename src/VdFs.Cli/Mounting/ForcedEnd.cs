using VdFs.Fuse.Mounting;

namespace VdFs.Cli.Mounting;

/// <summary>Ends a mount under its users: `vdfs unmount --force`. Its daemon then ends in good order, so nothing that was acknowledged is lost.</summary>
internal static class ForcedEnd
{
    /// <summary>Tells who will get errors, and asks. <see cref="CommandFailedException"/> if the answer is no, or nobody can be asked.</summary>
    /// <param name="host">Whom to ask.</param>
    /// <param name="mountPoint">For people.</param>
    /// <param name="connection">Minor number of the device.</param>
    /// <param name="agreed">The answer was given beforehand.</param>
    /// <returns>Those who will.</returns>
    public static IReadOnlyList<ConnectionUser> Ask(CliHost host, string mountPoint, int connection, bool agreed)
    {
        var users = ConnectionUsers.All(0, connection);
        if (users.Count > 0)
            host.Error.WriteLine(string.Join('\n', users.Select(user => "  " + MountUsers.Line(user)).Prepend($"vdfs: ending {mountPoint} now gives I/O errors to:")));
        else
            host.Error.WriteLine($"vdfs: no process that can be seen from here uses {mountPoint}.");
        if (agreed)
            return users;
        string? answer = host.Ask("End it? [y/N] ");
        if (answer is null)
            throw new CommandFailedException(ExitCode.Refused, "There is no terminal to ask at, so nothing was done; add --yes to end it, or end these processes first.");
        if (answer.Trim() is not ("y" or "Y" or "yes"))
            throw new CommandFailedException(ExitCode.Refused, $"Nothing was done; {mountPoint} is as it was.");
        return users;
    }

    /// <summary>Ends the connection, and takes away what is left of the mount here.</summary>
    /// <param name="connection">Minor number of the device.</param>
    /// <param name="mounts">Reads the table of mounts.</param>
    public static void End(int connection, Func<MountView> mounts)
    {
        try
        {
            ConnectionControl.Abort(connection);
            foreach (var mount in mounts().Entries.Reverse().Where(m => m.IsVdFs && m.Minor == connection))
                Detach(mount.MountPoint);
        }
        catch (MountException e)
        {
            throw MountFailures.Explain(e);
        }
    }

    private static void Detach(string mountPoint)
    {
        try
        {
            KernelMount.Unmount(mountPoint, lazily: true);
        }
        catch (MountException e) when (e.Failure == MountFailure.NotMounted)
        {
            // Its daemon, or propagation from another place, was faster.
        }
    }
}
