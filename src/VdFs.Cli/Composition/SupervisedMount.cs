using Microsoft.Win32.SafeHandles;
using VdFs.Cli.Mounting;
using VdFs.Fuse.Mounting;
using VdFs.Fuse.Session;
using VdFs.Fuse.Supervision;

namespace VdFs.Cli.Composition;

/// <summary>The mount of a request, as its supervisor handles it.</summary>
public sealed class SupervisedMount(MountRequest request, ISessionLog log) : ISupervisedMount
{
    public SafeFileHandle Mount() => KernelMount.Mount(new()
    {
        Source = request.BackingDirectory, MountPoint = request.MountPoint, ReadOnly = request.ReadOnly, AllowOther = request.AllowOther, Flags = request.Flags,
    });

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
