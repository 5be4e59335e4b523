namespace VdFs.Fuse.Tests.Native;

/// <summary>
/// A test that has to be root, as the daemon is when it serves others. Elsewhere it says so and is skipped: without root the kernel refuses what it is about, and nothing can stand in for that. CI is root, and
/// fails if any test is skipped.
/// </summary>
internal sealed class RootFactAttribute : FactAttribute
{
    public RootFactAttribute()
    {
        if (!Environment.IsPrivilegedProcess)
            Skip = "needs root: it acts as other users, mounts, or makes device nodes";
    }
}
