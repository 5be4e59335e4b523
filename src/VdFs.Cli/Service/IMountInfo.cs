using VdFs.Core.Errors;

namespace VdFs.Cli.Service;

/// <summary>What the service tells about its mount beyond the engine. Safe from any thread; never touches the mount itself.</summary>
public interface IMountInfo
{
    MountDescription Describe();

    MountProcesses Processes();

    /// <summary>Room where the images lie, in bytes, as users who aren't root have it; zeros: not known.</summary>
    (long Free, long Total) ImageRoom();

    /// <summary>The mount was told something that is to count for later workers too.</summary>
    void Remember(SetRequest request);

    /// <summary>Has another build take this process's place. On success the process is about to end.</summary>
    /// <param name="build">Path of a program, or of an assembly.</param>
    Outcome Upgrade(string build);
}
