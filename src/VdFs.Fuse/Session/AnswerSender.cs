using VdFs.Fuse.Native;
using VdFs.Fuse.Protocol;
using VdFs.Fuse.Transport;

namespace VdFs.Fuse.Session;

/// <summary>Sends what a dispatcher laid out, and sees to it that the kernel gets some answer.</summary>
internal sealed unsafe class AnswerSender(ITransport transport, RequestLog log)
{
    /// <param name="queue">The queue that the request came from.</param>
    /// <param name="dispatcher">Holds the answer.</param>
    /// <param name="request">The request, at least its header.</param>
    public void Send(int queue, Dispatcher dispatcher, byte* request)
    {
        ReplyWriter reply = dispatcher.Reply;
        int result = transport.Send(queue, reply.Start, reply.TotalLength);
        if (result != 0)
            HandleFailure(queue, dispatcher, *(FuseInHeader*)request, -result);
        dispatcher.Answered();
    }

    private void HandleFailure(int queue, Dispatcher dispatcher, in FuseInHeader header, int errno)
    {
        dispatcher.TakeBack();
        // ENOENT: nobody waits for it any more. The others: the connection is gone.
        if (errno is Errno.ENOENT or Errno.ENODEV or Errno.EPERM or FuseErrno.ECONNABORTED or FuseErrno.ENOTCONN)
            return;
        log.Undeliverable(header, errno);
        dispatcher.Spoil(header.Unique);
        _ = transport.Send(queue, dispatcher.Reply.Start, dispatcher.Reply.TotalLength);
    }
}
