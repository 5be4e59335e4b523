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
        return MountRules.Check(request, MountFacts.Gather(request, mounts, host.User)) is { } refused ? throw refused : request;
    }
}
