using VdFs.Cli.Output;
using VdFs.Cli.Service;

namespace VdFs.Cli.Commands;

/// <summary>`vdfs status --check`: what monitoring asks. One line, whatever is wrong, and an exit code.</summary>
internal static class StatusCheck
{
    /// <param name="host">Where the line goes.</param>
    /// <param name="listings">The mounts that are asked about.</param>
    /// <param name="json">As a JSON value.</param>
    public static ExitCode Tell(CliHost host, IReadOnlyList<MountListing> listings, bool json)
    {
        // Another user's mounts are that user's to watch, unless there is nothing else.
        var own = listings.Where(one => one.Code != ExitCode.NoPermission).ToList();
        if (own.Count == 0 && listings.Count > 0)
            throw new CommandFailedException(ExitCode.NoPermission, listings[0].Problem!);
        if (own.Count == 0)
            throw new CommandFailedException(ExitCode.NotFound, "No VdFs is mounted.");
        var problems = own.SelectMany(Problems).ToList();
        if (json)
            JsonOutput.Write(host.Out, new(problems), ServiceJson.Default.StatusCheckAnswer);
        else if (problems.Count > 0)
            host.Out.WriteLine(Shown.Text("PROBLEM: " + string.Join("; ", problems.Select(one => $"{one.MountPoint}: {one.Problem.TrimEnd('.')}"))));
        else
            host.Out.WriteLine($"OK: {Units.Plural(own.Count, "mount", "mounts")}, {Units.Plural(own.Sum(one => one.Status!.Snapshots), "snapshot", "snapshots")} held.");
        return problems.Count == 0 ? ExitCode.Ok : ExitCode.FaultsFound;
    }

    private static IEnumerable<MountProblem> Problems(MountListing one) => one.Status is { } status
        ? status.Warnings.Select(warning => new MountProblem(one.MountPoint, warning))
        : [new MountProblem(one.MountPoint, one.Problem ?? "doesn't answer")];
}
