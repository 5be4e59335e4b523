namespace VdFs.Backup.Quiescing;

/// <summary>Commands of the user's around the cut, run by <c>/bin/sh -c</c>.</summary>
/// <param name="Before">Makes the guests' data consistent on their disks, and has them hold still; null: none.</param>
/// <param name="After">Lets them go on. Runs whenever <paramref name="Before"/> was started, whatever became of it and of the cut; null: none.</param>
/// <param name="Limit">How long each may take. Then it is killed, with all processes that it started.</param>
public sealed record QuiesceOptions(string? Before, string? After, TimeSpan Limit)
{
    /// <summary>Why such a command isn't one; null: it may be. An empty one succeeds, so that guests that nobody quiesced would count as quiesced.</summary>
    public static string? Problem(string option, string? command) =>
        command is not null && string.IsNullOrWhiteSpace(command) ? $"{option} is empty, as of a variable that isn't set. Name the command, or leave {option} out." : null;
}
