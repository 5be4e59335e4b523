namespace VdFs.Fuse.Transport;

/// <summary>One thread's way of getting requests, one at a time, and of answering them. May have more of them in hand than the one that it gives out, and keep answers back until it next asks.</summary>
public unsafe interface IReceiver : IDisposable
{
    /// <summary>The request at hand, until the next <see cref="Receive"/>. Touched and, where the limits allow it, locked: see <see cref="LockedMemory"/>.</summary>
    byte* Request { get; }

    /// <summary>Where the payload of the answer to it goes: the start of a page, with room for the answer's header before it.</summary>
    byte* Room { get; }

    /// <summary>Bytes from <see cref="Room"/> on; at least what a READ asks for, and at least a page.</summary>
    int Capacity { get; }

    /// <summary>Whether the last <see cref="Receive"/> had to wait: no request was there.</summary>
    bool Waited { get; }

    /// <summary>Whether more requests are in hand, which nobody else will serve.</summary>
    bool HasMore { get; }

    /// <summary>Whether requests are in hand or answers kept back. From any thread.</summary>
    bool IsBusy { get; }

    /// <summary>For how long it may look for the next request before it sleeps, which costs a core; in ticks of <see cref="System.Diagnostics.Stopwatch"/>. 0: not at all.</summary>
    long SpinLimit { get; set; }

    /// <summary>Gives out the next request; waits for one if there is none, answers that were kept back having gone out before.</summary>
    /// <returns>Its length; 0 if there is a failure to be taken (<see cref="TryTakeFailure"/>); or a negative errno: ENODEV when unmounted, ECONNABORTED when aborted, ENOENT, EINTR and EAGAIN when the caller should just try again.</returns>
    int Receive();

    /// <summary>Takes the answer to the request at hand, laid out so that its payload begins at <see cref="Room"/>.</summary>
    /// <param name="length">In bytes, header included.</param>
    /// <returns>0 (sent, or kept back), or a negative errno as of <see cref="ITransport.Send"/>.</returns>
    int Answer(int length);

    /// <summary>Sends answers that were kept back, and asks for nothing.</summary>
    void Flush();

    /// <summary>An answer that was kept back and then not taken by the kernel: the header of its request, valid until the next call, and the (positive) errno.</summary>
    bool TryTakeFailure(out byte* header, out int errno);

    /// <summary>Takes back what was asked for, so that others get it. What came before is in hand then (<see cref="HasMore"/>).</summary>
    void StopAsking();

    /// <summary>The request at hand took this long to serve, in ticks of <see cref="System.Diagnostics.Stopwatch"/>.</summary>
    void NoteServed(long ticks);

    /// <summary>From another thread, while this one is held up by the request at hand: hands on the other ones, and sends what is kept back.</summary>
    void Relieve(IRelief relief);
}
