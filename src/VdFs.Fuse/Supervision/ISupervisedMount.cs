using Microsoft.Win32.SafeHandles;
using VdFs.Fuse.Mounting;

namespace VdFs.Fuse.Supervision;

/// <summary>What a supervisor does about the kernel's mount.</summary>
public interface ISupervisedMount
{
    /// <summary>Mounts.</summary>
    /// <returns>The connection's descriptor, the caller's.</returns>
    /// <exception cref="MountException"/>
    SafeFileHandle Mount();

    /// <summary>Takes the mount's name away, even if it is in use. Doesn't fail: what goes wrong is logged.</summary>
    void Detach();

    /// <summary>Starts the guard of a mount that is live; null: it needs none, or none can be had.</summary>
    GuardProcess? StartGuard(SessionMemory memory);

    /// <summary>The command line that starts a worker.</summary>
    /// <param name="build">Path of a program or of an assembly for `dotnet`; null: the one that the mount began with.</param>
    IReadOnlyList<string> CommandOf(string? build);
}
