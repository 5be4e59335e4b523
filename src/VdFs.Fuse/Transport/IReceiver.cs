namespace VdFs.Fuse.Transport;

/// <summary>One thread's way of getting requests, and of answering them. May have several in hand at once, and keep answers back until it next asks.</summary>
public unsafe interface IReceiver : IDisposable
{
    /// <summary>Whether the last <see cref="Receive"/> had to wait: no request was there.</summary>
    bool Waited { get; }

    /// <summary>Whether more requests are in hand, which nobody else will serve.</summary>
    bool HasMore { get; }

    /// <summary>Whether requests are in hand or answers kept back. From any thread.</summary>
    bool IsBusy { get; }

    /// <summary>For how long it may look for the next request before it sleeps, which costs a core; in ticks of <see cref="System.Diagnostics.Stopwatch"/>. 0: not at all.</summary>
    long SpinLimit { get; set; }

    /// <summary>Has requests brought, and waits for them, unless some are in hand (<see cref="HasMore"/>). Answers that were kept back go out before.</summary>
    /// <returns>0, or a negative errno: ENODEV when unmounted, ECONNABORTED when aborted, ENOENT, EINTR and EAGAIN when the caller should just try again.</returns>
    int Receive();

    /// <summary>The one that was taken before is done with; takes the next one that is in hand. Until there is none, before <see cref="Receive"/>.</summary>
    bool TryNext(out RequestInHand next);

    /// <summary>Takes the answer to the request that was taken last, laid out in its room.</summary>
    /// <param name="length">In bytes, header included.</param>
    /// <returns>0 (sent, or kept back), or a negative errno as of <see cref="ITransport.Send"/>.</returns>
    int Answer(int length);

    /// <summary>Sends answers that were kept back, and asks for nothing.</summary>
    void Flush();

    /// <summary>An answer that was kept back and then not taken by the kernel: the header of its request, valid until the next call, and the (positive) errno.</summary>
    bool TryTakeFailure(out byte* header, out int errno);

    /// <summary>Takes back what was asked for, so that others get it. What came before is in hand then (<see cref="HasMore"/>).</summary>
    void StopAsking();

    /// <summary>So many requests that were in hand together took this long to serve, in ticks of <see cref="System.Diagnostics.Stopwatch"/>.</summary>
    void NoteServed(int requests, long ticks);

    /// <summary>From another thread, while this one is held up by the request that it took: hands on the other ones, and sends what is kept back.</summary>
    void Relieve(IRelief relief);
}
