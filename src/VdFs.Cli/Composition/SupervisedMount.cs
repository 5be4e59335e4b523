using Microsoft.Win32.SafeHandles;
using VdFs.Cli.Mounting;
using VdFs.Fuse.Mounting;
using VdFs.Fuse.Session;
using VdFs.Fuse.Supervision;

namespace VdFs.Cli.Composition;

/// <summary>The mount of a request, as its supervisor handles it.</summary>
public sealed class SupervisedMount(MountRequest request, ISessionLog log) : ISupervisedMount
{
    public SafeFileHandle Mount() => MountGuarded(request);

    /// <summary>Mounts over the bare directory, which is noted as a mount point and guarded; <see cref="GiveBack"/> undoes that.</summary>
    internal static SafeFileHandle MountGuarded(MountRequest request)
    {
        if (!request.InPlace)
            MountPointMark.Guard(request.MountPoint, request.BackingDirectory);
        return KernelMount.Mount(new()
        {
            Source = request.BackingDirectory, MountPoint = request.MountPoint, ReadOnly = request.ReadOnly, AllowOther = request.AllowOther, Flags = request.Flags,
        });
    }

    /// <summary>After the end of the mount, under the daemon's lock.</summary>
    internal static void GiveBack(MountRequest request)
    {
        if (!request.InPlace)
            MountPointMark.PutBack(request.MountPoint);
    }

    public void Detach() => Detach(request, log);

    public GuardProcess? StartGuard(SessionMemory memory) => GuardDaemon.Start(request, memory, TimeSpan.FromSeconds(request.HangLimit), log);

    public IReadOnlyList<string> CommandOf(string? build) => [.. WorkerProgram.CommandOf(build), "serve", .. request.ToArguments()];

    internal static void Detach(MountRequest request, ISessionLog log)
    {
        try
        {
            KernelMount.Unmount(request.MountPoint, lazily: true);
        }
        catch (MountException e) when (e.Failure == MountFailure.NotMounted)
        {
            // Somebody was faster.
        }
        catch (MountException e)
        {
            log.Error($"Unmounting failed: {e.Message}", null);
        }
    }
}
