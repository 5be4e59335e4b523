using System.Runtime.InteropServices;
using System.Text;

namespace VdFs.Fuse.Native;

/// <summary>Short messages, each with at most one descriptor, over a pair of local sockets (SOCK_SEQPACKET, SCM_RIGHTS).</summary>
internal static unsafe class DescriptorSocket
{
    /// <summary>Longest message in bytes; longer ones are cut off.</summary>
    public const int MaxMessage = 8192;

    /// <summary>Makes a pair; neither end is passed to children by itself. False: errno says why.</summary>
    public static bool TryCreatePair(out int one, out int other)
    {
        int* pair = stackalloc int[2];
        bool made = MountLibc.socketpair(MountLibc.UnixFamily, MountLibc.PacketSocket | MountLibc.SocketCloseOnExec, 0, pair) == 0;
        (one, other) = made ? (pair[0], pair[1]) : (-1, -1);
        return made;
    }

    /// <param name="socket">One end of the pair.</param>
    /// <param name="text">The message.</param>
    /// <param name="descriptor">Goes along (the sender keeps its own); negative: none.</param>
    /// <returns>0, or errno: EPIPE if the other end is gone, EAGAIN if it doesn't read.</returns>
    public static int Send(int socket, string text, int descriptor = -1)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        fixed (byte* start = bytes)
        {
            var vector = new MountLibc.IoVector { Base = start, Length = (nuint)Math.Min(bytes.Length, MaxMessage) };
            var control = new MountLibc.DescriptorMessage
            {
                Length = MountLibc.OneDescriptor, Level = MountLibc.SocketLevel, Type = MountLibc.Rights, Descriptor = descriptor,
            };
            var message = new MountLibc.MessageHeader { Vectors = &vector, VectorCount = 1 };
            if (descriptor >= 0)
            {
                message.Control = &control;
                message.ControlLength = (nuint)sizeof(MountLibc.DescriptorMessage);
            }
            while (true)
            {
                if (MountLibc.sendmsg(socket, &message, MountLibc.MessageNoSignal | MountLibc.MessageDontWait) >= 0)
                    return 0;
                int errno = Marshal.GetLastSystemError();
                if (errno != Errno.EINTR)
                    return errno;
            }
        }
    }

    /// <summary>Takes the next message.</summary>
    /// <param name="socket">One end of the pair.</param>
    /// <param name="wait">False: answers <see cref="DescriptorSocketResult.Nothing"/> if none is there.</param>
    /// <param name="text">The message.</param>
    /// <param name="descriptor">What came along, the caller's, not passed to children; -1: none.</param>
    public static DescriptorSocketResult Receive(int socket, bool wait, out string text, out int descriptor)
    {
        text = "";
        descriptor = -1;
        byte* buffer = stackalloc byte[MaxMessage];
        while (true)
        {
            var vector = new MountLibc.IoVector { Base = buffer, Length = MaxMessage };
            MountLibc.DescriptorMessage control = default;
            var message = new MountLibc.MessageHeader { Vectors = &vector, VectorCount = 1, Control = &control, ControlLength = (nuint)sizeof(MountLibc.DescriptorMessage) };
            nint received = MountLibc.recvmsg(socket, &message, MountLibc.MessageCloseOnExec | (wait ? 0 : MountLibc.MessageDontWait));
            if (received > 0)
            {
                text = Encoding.UTF8.GetString(buffer, (int)received);
                if (message.ControlLength > 0 && control.Level == MountLibc.SocketLevel && control.Type == MountLibc.Rights)
                    descriptor = control.Descriptor;
                return DescriptorSocketResult.Message;
            }
            if (received == 0)
                return DescriptorSocketResult.Ended;
            int errno = Marshal.GetLastSystemError();
            if (errno == Errno.EAGAIN)
                return DescriptorSocketResult.Nothing;
            if (errno != Errno.EINTR)
                return DescriptorSocketResult.Ended;
        }
    }
}
