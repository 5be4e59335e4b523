namespace VdFs.Cli.Service;

/// <summary>What the service tells about its mount beyond the engine. Safe from any thread; never touches the mount itself.</summary>
public interface IMountInfo
{
    MountDescription Describe();

    MountProcesses Processes();
}
