namespace VdFs.Mounted.Tests.Descriptors;

/// <summary>Mounts with a daemon that may have so many descriptors, which its supervisor and every worker inherit.</summary>
internal sealed class LimitedMounter(int limit) : IMounter
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    public void Mount(MountedImages images) =>
        Tool.Run("bash", ["-c", "ulimit -n \"$0\" && exec \"$@\"", $"{limit}", .. VdfsCommand.CommandLine, "mount", images.Backing, images.Mount, "--state", images.State], Limit).Checked();

    public void Unmount(MountedImages images) => VdfsCommand.Run(Limit, ["unmount", images.Mount]).Checked();
}
