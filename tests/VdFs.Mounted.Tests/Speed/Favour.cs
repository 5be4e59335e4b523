namespace VdFs.Mounted.Tests.Speed;

/// <summary>
/// What is compared gets the processor before others, as other tests may run beside. Linux shares it out by session (sched(7), autogroup), so each gets a
/// session of its own, and that is favoured. Where that isn't allowed, nothing is different.
/// </summary>
internal static class Favour
{
    private const string InSession = "{ echo -10 > /proc/self/autogroup; } 2> /dev/null; exec \"$@\"";

    /// <summary>What to run in place of a command: <see cref="Command"/> with these arguments.</summary>
    public const string Command = "setsid";

    public static string[] Arguments(string command, params string[] arguments) => ["bash", "-c", InSession, "bash", command, .. arguments];

    /// <summary>A process that has a session of its own, as a daemon has.</summary>
    public static void Daemon(int id) => Tool.Bash($"{{ echo -10 > /proc/{id}/autogroup; }} 2> /dev/null || true").Checked();
}
