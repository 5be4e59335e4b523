using System.IO;

namespace VdFs.Mounted.Tests.Systemd;

/// <summary>A test that runs a systemd of its own (as a user's instance). Where it can't, it says so and is skipped; CI has what it needs, and fails if any test is skipped.</summary>
internal sealed class SystemdFactAttribute : FactAttribute
{
    public SystemdFactAttribute() => Skip = Reason;

    /// <summary>Why it can't run here; null if it can.</summary>
    internal static string? Reason { get; } =
        !File.Exists(SystemdUnit.Program) ? "needs systemd installed; native-deps/install.sh --for test does that"
        : !Environment.IsPrivilegedProcess ? "needs root: it makes namespaces for a systemd of its own"
        : null;
}
