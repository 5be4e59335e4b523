using System.Runtime.CompilerServices;
using System.Threading.Channels;
using VdFs.FileSystem.Tree;
using VdFs.Fuse.Native;
using VdFs.Fuse.Transport;

namespace VdFs.Fuse.Session;

/// <summary>
/// Corrects what the kernel remembers, by notifications. The kernel takes the directory's lock for them, so they go out on a thread
/// of their own: calls here only queue. Before <see cref="Attach"/> there is no kernel that could remember, and calls do nothing.
/// </summary>
public sealed unsafe class KernelCache : IClientCache, IDisposable
{
    private readonly Channel<byte[]> messages = Channel.CreateUnbounded<byte[]>(new UnboundedChannelOptions { SingleReader = true });
    private volatile ITransport? transport;
    private Thread? thread;

    /// <summary>Starts sending. Once.</summary>
    public void Attach(ITransport target)
    {
        transport = target;
        thread = new Thread(Run, SessionThread.StackSize) { Name = "vdfs notify", IsBackground = true };
        thread.Start();
    }

    public void InvalidateEntry(NodeId parent, ReadOnlySpan<byte> name)
    {
        if (transport is null)
            return;
        byte[] message = Message(FuseNotifyCode.InvalEntry, sizeof(FuseNotifyInvalEntryOut) + name.Length + 1);
        Span<byte> body = message.AsSpan(sizeof(FuseOutHeader));
        Unsafe.WriteUnaligned(ref body[0], new FuseNotifyInvalEntryOut { Parent = parent.Value, Namelen = (uint)name.Length });
        name.CopyTo(body[sizeof(FuseNotifyInvalEntryOut)..]);
        messages.Writer.TryWrite(message);
    }

    public void InvalidateNode(NodeId node)
    {
        if (transport is null)
            return;
        byte[] message = Message(FuseNotifyCode.InvalInode, sizeof(FuseNotifyInvalInodeOut));
        Unsafe.WriteUnaligned(ref message[sizeof(FuseOutHeader)], new FuseNotifyInvalInodeOut { Ino = node.Value });
        messages.Writer.TryWrite(message);
    }

    /// <summary>Whether the kernel holds this node. It forgets the node's attributes over it. May wait for an answer of the session; true if it can't be told.</summary>
    public bool Knows(NodeId node)
    {
        if (transport is not { } target)
            return true;
        byte[] message = Message(FuseNotifyCode.InvalInode, sizeof(FuseNotifyInvalInodeOut));
        // A negative offset: nothing of the content.
        Unsafe.WriteUnaligned(ref message[sizeof(FuseOutHeader)], new FuseNotifyInvalInodeOut { Ino = node.Value, Off = -1 });
        fixed (byte* start = message)
            return target.Send(0, start, message.Length) != -Errno.ENOENT;
    }

    /// <summary>Sends what is queued and stops. After the connection's end only: a notification may wait for an answer of the session.</summary>
    public void Dispose()
    {
        messages.Writer.TryComplete();
        thread?.Join();
    }

    private static byte[] Message(FuseNotifyCode code, int bodyLength)
    {
        byte[] message = new byte[sizeof(FuseOutHeader) + bodyLength];
        Unsafe.WriteUnaligned(ref message[0], new FuseOutHeader { Len = (uint)message.Length, Error = (int)code });
        return message;
    }

    private void Run()
    {
        while (messages.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            while (messages.Reader.TryRead(out byte[]? message))
            {
                // An error means that the kernel doesn't know the name or node, or that it is gone: fine either way.
                fixed (byte* start = message)
                    _ = transport!.Send(0, start, message.Length);
            }
        }
    }
}
