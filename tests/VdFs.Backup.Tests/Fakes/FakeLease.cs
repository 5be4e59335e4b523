using VdFs.Backup.Mounts;

namespace VdFs.Backup.Tests.Fakes;

internal sealed class FakeLease(FakeMount mount, MountCut cut) : ILeasedCut
{
    private readonly CancellationTokenSource lost = new();

    public MountCut Cut { get; } = cut;

    public string StateId => mount.StateId;

    public CancellationToken Lost => lost.Token;

    public void Lose() => lost.Cancel();

    public ValueTask DisposeAsync()
    {
        mount.Release(Cut.CutId);
        return ValueTask.CompletedTask;
    }
}
