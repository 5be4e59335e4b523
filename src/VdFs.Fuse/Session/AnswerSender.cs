using VdFs.Fuse.Native;
using VdFs.Fuse.Transport;

namespace VdFs.Fuse.Session;

/// <summary>Sends what a dispatcher laid out, and sees to it that the kernel gets some answer.</summary>
internal sealed unsafe class AnswerSender(ITransport transport, RequestLog log)
{
    /// <param name="receiver">What the request came by.</param>
    /// <param name="queue">The receiver's queue.</param>
    /// <param name="dispatcher">Holds the answer.</param>
    /// <param name="request">The request, at least its header.</param>
    public void Answer(IReceiver receiver, int queue, Dispatcher dispatcher, byte* request) =>
        Finish(receiver.Answer(dispatcher.Reply.TotalLength), queue, dispatcher, request);

    /// <summary>The same for a request that lies elsewhere.</summary>
    /// <param name="queue">The queue that the request came from.</param>
    /// <param name="dispatcher">Holds the answer.</param>
    /// <param name="request">The request, at least its header.</param>
    public void Send(int queue, Dispatcher dispatcher, byte* request) =>
        Finish(transport.Send(queue, dispatcher.Reply.Start, dispatcher.Reply.TotalLength), queue, dispatcher, request);

    /// <summary>An answer was not taken that nothing has to be taken back for.</summary>
    /// <param name="queue">The queue that the request came from.</param>
    /// <param name="request">The header of the request.</param>
    /// <param name="errno">Why.</param>
    public void NotTaken(int queue, byte* request, int errno)
    {
        if (IsOfNoInterest(errno))
            return;
        var header = (FuseInHeader*)request;
        log.Undeliverable(*header, errno);
        var failure = new FuseOutHeader { Len = (uint)sizeof(FuseOutHeader), Error = -Errno.EIO, Unique = header->Unique };
        _ = transport.Send(queue, (byte*)&failure, sizeof(FuseOutHeader));
    }

    private void Finish(int result, int queue, Dispatcher dispatcher, byte* request)
    {
        if (result != 0)
        {
            dispatcher.TakeBack();
            NotTaken(queue, request, -result);
        }
        dispatcher.Answered();
    }

    /// <summary>ENOENT: nobody waits for it any more. The others: the connection is gone.</summary>
    private static bool IsOfNoInterest(int errno) =>
        errno is Errno.ENOENT or Errno.ENODEV or Errno.EPERM or FuseErrno.ECONNABORTED or FuseErrno.ENOTCONN;
}
