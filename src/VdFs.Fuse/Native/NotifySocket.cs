using System.Runtime.InteropServices;
using System.Text;

namespace VdFs.Fuse.Native;

/// <summary>
/// The sending side of a service manager's notification socket (sd_notify(3)): datagrams of text, each with at most one descriptor (SCM_RIGHTS). Addressed
/// one by one, so that a manager that was started anew and listens at the same address gets them too.
/// </summary>
internal sealed unsafe class NotifySocket : IDisposable
{
    /// <summary>sun_path of sockaddr_un (unix(7)).</summary>
    private const int LongestAddress = 108;

    /// <summary>How long a message waits for room in the manager's queue: a manager that is busy reads on, one that hangs must not take the mount along.</summary>
    private static readonly TimeSpan SendLimit = TimeSpan.FromSeconds(1);

    private readonly byte[] address;
    private readonly int socket;

    private NotifySocket(byte[] address, int socket)
    {
        this.address = address;
        this.socket = socket;
    }

    /// <param name="path">Absolute, or `@` and an abstract name; as in NOTIFY_SOCKET.</param>
    /// <returns>Null: not such an address, or no socket can be had.</returns>
    public static NotifySocket? Open(string path)
    {
        byte[] name = Encoding.UTF8.GetBytes(path);
        if (name.Length is < 2 or >= LongestAddress || name[0] is not ((byte)'/' or (byte)'@'))
            return null;
        // struct sockaddr_un: the family in two bytes, then the path. An abstract name begins with a zero byte.
        byte[] address = new byte[2 + name.Length + (name[0] == '/' ? 1 : 0)];
        BitConverter.TryWriteBytes(address, (ushort)MountLibc.UnixFamily);
        name.CopyTo(address, 2);
        if (name[0] == '@')
            address[2] = 0;
        int socket = MountLibc.socket(MountLibc.UnixFamily, MountLibc.DatagramSocket | MountLibc.SocketCloseOnExec, 0);
        if (socket < 0)
            return null;
        var limit = new MountLibc.TimeValue { Seconds = (nint)SendLimit.TotalSeconds };
        _ = MountLibc.setsockopt(socket, MountLibc.SocketLevel, MountLibc.SendTimeout, &limit, (uint)sizeof(MountLibc.TimeValue));
        return new NotifySocket(address, socket);
    }

    /// <summary>Sends one message. Safe from any thread.</summary>
    /// <param name="text">Assignments, one per line.</param>
    /// <param name="descriptor">Goes along (the sender keeps its own); negative: none.</param>
    /// <returns>0, or errno: EAGAIN if the manager doesn't read, ECONNREFUSED or ENOENT if there is none.</returns>
    public int Send(string text, int descriptor = -1)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        fixed (byte* start = bytes, to = address)
        {
            var vector = new MountLibc.IoVector { Base = start, Length = (nuint)bytes.Length };
            var control = new MountLibc.DescriptorMessage { Length = MountLibc.OneDescriptor, Level = MountLibc.SocketLevel, Type = MountLibc.Rights, Descriptor = descriptor };
            var message = new MountLibc.MessageHeader { Name = to, NameLength = (uint)address.Length, Vectors = &vector, VectorCount = 1 };
            if (descriptor >= 0)
            {
                message.Control = &control;
                message.ControlLength = (nuint)sizeof(MountLibc.DescriptorMessage);
            }
            while (true)
            {
                if (MountLibc.sendmsg(socket, &message, MountLibc.MessageNoSignal) >= 0)
                    return 0;
                int errno = Marshal.GetLastSystemError();
                if (errno != Errno.EINTR)
                    return errno;
            }
        }
    }

    public void Dispose() => ProcessCalls.Close(socket);
}
