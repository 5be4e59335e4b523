using VdFs.Fuse.Protocol;
using VdFs.Fuse.Supervision;

namespace VdFs.Fuse.Session;

/// <summary>What all threads of a session share about its connection, and later workers of the connection with them.</summary>
internal sealed class ConnectionState
{
    private readonly SessionMemory? memory;

    private readonly TaskCompletionSource settled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile NegotiatedProtocol protocol = NegotiatedProtocol.None;

    /// <param name="memory">Where it is kept; null: nowhere.</param>
    /// <param name="passthrough">Whether INIT is to ask for it.</param>
    public ConnectionState(SessionMemory? memory, bool passthrough)
    {
        Passthrough = passthrough;
        this.memory = memory;
        if (memory is { Negotiated: { IsSettled: true } former })
            Take(former);
    }

    public NegotiatedProtocol Protocol => protocol;

    /// <summary>Whether INIT asks that the kernel reads files by itself.</summary>
    public bool Passthrough { get; }

    /// <summary>Where a serving thread shows what it is at.</summary>
    public ServingSign SignOf(int thread) => memory?.Serving.Of(thread) ?? default;

    /// <summary>INIT was answered: with an agreement or with a refusal.</summary>
    public bool WaitUntilSettled(TimeSpan limit) => settled.Task.Wait(limit);

    /// <summary>Before INIT is answered: from then on no later worker will be asked.</summary>
    public void Settle(NegotiatedProtocol agreed)
    {
        if (memory is not null)
            memory.Negotiated = agreed;
        Take(agreed);
    }

    private void Take(NegotiatedProtocol agreed)
    {
        protocol = agreed;
        settled.TrySetResult();
    }
}
