using VdFs.Cli.Mounting;
using VdFs.Fuse.Mounting;
using VdFs.Fuse.Supervision;

namespace VdFs.Cli.Composition;

/// <summary>The supervisor, as its worker talks to it.</summary>
public sealed class SupervisorKeeper : IMountKeeper
{
    private readonly WorkerLink link;
    private readonly Action<bool> orphaned;
    private volatile int processId;
    private volatile bool ready;

    /// <param name="link">The worker's end.</param>
    /// <param name="processId">The supervisor's.</param>
    /// <param name="live">Whether the mount is live already.</param>
    /// <param name="orphaned">Called once if the supervisor dies; true: users know of the mount.</param>
    public SupervisorKeeper(WorkerLink link, int processId, bool live, Action<bool> orphaned)
    {
        ready = live;
        this.link = link;
        this.processId = processId;
        this.orphaned = orphaned;
    }

    public int ProcessId => processId;

    public string Holder => processId != 0 ? MountHolders.Supervisor : MountHolders.None;

    public int TakeDevice()
    {
        int device = link.WaitForDevice(out var refused);
        return device >= 0 ? device : throw MountFailures.Explain(new MountException((MountFailure)refused.Code, refused.Message));
    }

    public void TellServing()
    {
        link.TellServing();
        link.Watch(() =>
        {
            processId = 0;
            orphaned(ready);
        });
    }

    public void TellReady()
    {
        ready = true;
        link.TellReady();
    }

    public void TellFailed(ExitCode code, string message) => link.TellFailed((int)code, message);

    public bool TellUpgrade(string build)
    {
        if (processId == 0)
            return false;
        link.TellUpgrade(build);
        return true;
    }

    public bool Hold(string name, int descriptor) => processId != 0 && link.Hold(name, descriptor);

    public void Drop(string name)
    {
        if (processId != 0)
            link.Drop(name);
    }
}
