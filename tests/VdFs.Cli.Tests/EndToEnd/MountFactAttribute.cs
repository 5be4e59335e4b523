using System.IO;

namespace VdFs.Cli.Tests.EndToEnd;

/// <summary>
/// A test that mounts; skipped, and counted so, where there is no /dev/fuse: a developer's container has none, and all else can be tested there. CI has one, and fails if any test is skipped.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class MountFactAttribute : FactAttribute
{
    public MountFactAttribute()
    {
        if (!File.Exists("/dev/fuse"))
            Skip = "There is no /dev/fuse here.";
    }
}
