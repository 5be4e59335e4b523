using System.Runtime.InteropServices;

namespace VdFs.Fuse.Native;

/// <summary>System calls of mounting. errno as with <see cref="FuseLibc"/>.</summary>
internal static unsafe partial class MountLibc
{
    private const string Libc = "libc";

    public const nuint ReadOnly = 1;
    public const nuint NoSetUserId = 2;
    public const nuint NoDevices = 4;
    public const nuint NoExecution = 8;
    public const nuint NoAccessTime = 1024;
    public const nuint NoFolderAccessTime = 2048;

    /// <summary>MNT_DETACH.</summary>
    public const int Detach = 2;

    /// <summary>UMOUNT_NOFOLLOW.</summary>
    public const int NoFollow = 8;

    public const int UnixFamily = 1;
    public const int StreamSocket = 1;
    public const int DatagramSocket = 2;

    /// <summary>SOCK_SEQPACKET: messages keep their bounds.</summary>
    public const int PacketSocket = 5;

    /// <summary>SOCK_CLOEXEC.</summary>
    public const int SocketCloseOnExec = 0x80000;

    /// <summary>MSG_DONTWAIT.</summary>
    public const int MessageDontWait = 0x40;

    /// <summary>MSG_NOSIGNAL.</summary>
    public const int MessageNoSignal = 0x4000;
    public const int SocketLevel = 1;
    public const int Rights = 1;

    /// <summary>SO_SNDTIMEO, which takes a <see cref="TimeValue"/>.</summary>
    public const int SendTimeout = 21;

    /// <summary>CMSG_LEN of one descriptor: header and number, without the padding behind it.</summary>
    public const nuint OneDescriptor = 20;

    /// <summary>MSG_CMSG_CLOEXEC.</summary>
    public const int MessageCloseOnExec = 0x40000000;

    [StructLayout(LayoutKind.Sequential)]
    public struct IoVector
    {
        public void* Base;
        public nuint Length;
    }

    /// <summary>struct msghdr of 64-bit Linux.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct MessageHeader
    {
        public void* Name;
        public uint NameLength;
        public IoVector* Vectors;
        public nuint VectorCount;
        public void* Control;
        public nuint ControlLength;
        public int Flags;
    }

    /// <summary>struct cmsghdr of 64-bit Linux, with room for one descriptor.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct DescriptorMessage
    {
        public nuint Length;
        public int Level;
        public int Type;
        public int Descriptor;
        private readonly int padding;
    }

    /// <summary>struct timeval of 64-bit Linux.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct TimeValue
    {
        public nint Seconds;
        public nint Microseconds;
    }

    [LibraryImport(Libc)]
    public static partial int mount(byte* source, byte* target, byte* type, nuint flags, byte* data);

    [LibraryImport(Libc)]
    public static partial int umount2(byte* target, int flags);

    [LibraryImport(Libc)]
    public static partial int socketpair(int family, int type, int protocol, int* sockets);

    [LibraryImport(Libc)]
    public static partial int socket(int family, int type, int protocol);

    [LibraryImport(Libc)]
    public static partial int setsockopt(int socket, int level, int name, void* value, uint length);

    [LibraryImport(Libc)]
    public static partial int pipe2(int* ends, int flags);

    [LibraryImport(Libc)]
    public static partial nint recvmsg(int socket, MessageHeader* message, int flags);

    [LibraryImport(Libc)]
    public static partial nint sendmsg(int socket, MessageHeader* message, int flags);
}
