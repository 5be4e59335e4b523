using VdFs.Fuse.Mounting;

namespace VdFs.Cli.Mounting;

/// <summary>The table from what mounting can say to exit codes; its sentences are passed on.</summary>
internal static class MountFailures
{
    public static CommandFailedException Explain(MountException failed) => new(
        failed.Failure switch
        {
            MountFailure.NoDevice or MountFailure.NoHelper => ExitCode.HostLacks,
            MountFailure.MountPointMissing or MountFailure.NotMounted => ExitCode.NotFound,
            MountFailure.MountPointNotDirectory => ExitCode.Usage,
            MountFailure.MountPointBusy => ExitCode.Refused,
            MountFailure.AllowOtherForbidden or MountFailure.NotPermitted => ExitCode.NoPermission,
            _ => ExitCode.Unexpected,
        },
        failed.Message, failed);
}
