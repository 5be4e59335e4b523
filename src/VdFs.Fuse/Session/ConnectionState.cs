using VdFs.Fuse.Protocol;

namespace VdFs.Fuse.Session;

/// <summary>What all threads of a session share about its connection.</summary>
internal sealed class ConnectionState
{
    private readonly TaskCompletionSource settled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile NegotiatedProtocol protocol = NegotiatedProtocol.None;

    public NegotiatedProtocol Protocol => protocol;

    /// <summary>INIT was answered: with an agreement or with a refusal.</summary>
    public bool WaitUntilSettled(TimeSpan limit) => settled.Task.Wait(limit);

    public void Settle(NegotiatedProtocol agreed)
    {
        protocol = agreed;
        settled.TrySetResult();
    }
}
