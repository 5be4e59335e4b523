namespace VdFs.Cli.Composition;

/// <summary>Who holds a mount over the death of its worker, as `status` names it.</summary>
public static class MountHolders
{
    public const string Supervisor = "supervisor";
    public const string ServiceManager = "service-manager";

    /// <summary>The supervisor died: if the worker dies too, the mount ends.</summary>
    public const string None = "none";
}
