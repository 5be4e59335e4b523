using System.IO;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using VdFs.Fuse.Native;
using VdFs.Fuse.Protocol;

namespace VdFs.BareServer;

/// <summary>One file, `image`, in a root directory: its reads and writes, a bitmap of what was written, and the few other answers without which the kernel wouldn't ask for those.</summary>
internal sealed unsafe class BareFile
{
    private const ulong Root = 1;
    private const ulong Image = 2;
    private const int BlockShift = 12;

    private readonly int file;
    private readonly long length;
    private readonly ulong* bits;

    public BareFile(string path)
    {
        // Opened by hand: File.OpenHandle would take a lock on it.
        fixed (byte* bytes = System.Text.Encoding.UTF8.GetBytes(path + '\0'))
            file = Libc.openat(Libc.AT_FDCWD, bytes, Libc.O_RDWR | Libc.O_CLOEXEC, 0);
        if (file < 0)
            throw new IOException($"{path} can't be opened (errno {Libc.LastErrno}).");
        length = new FileInfo(path).Length;
        bits = (ulong*)NativeMemory.AllocZeroed((nuint)((length >> BlockShift >> 3) + 4096));
    }

    /// <summary>Does one request.</summary>
    /// <param name="request">Whole.</param>
    /// <param name="answer">Where the answer goes; room for a header and the negotiated largest read.</param>
    /// <returns>The answer's length; 0: there is none.</returns>
    public int Serve(byte* request, byte* answer)
    {
        var header = (FuseInHeader*)request;
        byte* body = request + sizeof(FuseInHeader);
        byte* payload = answer + sizeof(FuseOutHeader);
        nint result = header->Opcode switch
        {
            FuseOpcode.Read => Read((FuseReadIn*)body, payload),
            FuseOpcode.Write => Write((FuseWriteIn*)body, body + sizeof(FuseWriteIn), payload),
            FuseOpcode.Init => Init((FuseInitIn*)body, payload),
            FuseOpcode.Lookup => Lookup(body, payload),
            FuseOpcode.Getattr or FuseOpcode.Setattr => Put(payload, new FuseAttrOut { AttrValid = 10, Attr = Attributes(header->NodeId) }),
            FuseOpcode.Open => Put(payload, new FuseOpenOut { OpenFlags = (uint)(FuseOpenedFlags.DirectIo | FuseOpenedFlags.ParallelDirectWrites) }),
            FuseOpcode.Opendir => Put(payload, default(FuseOpenOut)),
            FuseOpcode.Readdir or FuseOpcode.Flush or FuseOpcode.Release or FuseOpcode.Releasedir or FuseOpcode.Fsync => 0,
            FuseOpcode.Forget or FuseOpcode.BatchForget => nint.MinValue,
            _ => -Errno.ENOSYS,
        };
        if (result == nint.MinValue)
            return 0;
        int size = sizeof(FuseOutHeader) + (int)Math.Max(0, result);
        *(FuseOutHeader*)answer = new FuseOutHeader { Len = (uint)size, Error = (int)Math.Min(0, result), Unique = header->Unique };
        return size;
    }

    private nint Read(FuseReadIn* read, byte* payload)
    {
        nint result = Libc.pread(file, payload, (nint)read->Size, (long)read->Offset);
        return result >= 0 ? result : -Libc.LastErrno;
    }

    private nint Write(FuseWriteIn* write, byte* data, byte* payload)
    {
        Mark((long)write->Offset >> BlockShift, (long)(write->Offset + write->Size - 1) >> BlockShift);
        nint result = Libc.pwrite(file, data, (nint)write->Size, (long)write->Offset);
        return result >= 0 ? Put(payload, new FuseWriteOut { Size = (uint)result }) : -Libc.LastErrno;
    }

    private void Mark(long first, long last)
    {
        for (; first <= Math.Min(last, length >> BlockShift); first++)
        {
            ulong bit = 1UL << (int)(first & 63);
            if ((Volatile.Read(ref bits[first >> 6]) & bit) == 0)
                Interlocked.Or(ref bits[first >> 6], bit);
        }
    }

    private static nint Init(FuseInitIn* offer, byte* payload)
    {
        int errno = Negotiation.Answer(*offer, out FuseInitOut answer, out _);
        return errno == 0 ? Put(payload, answer) : -errno;
    }

    private nint Lookup(byte* name, byte* payload) =>
        MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name).SequenceEqual("image"u8)
            ? Put(payload, new FuseEntryOut { NodeId = Image, EntryValid = 10, AttrValid = 10, Attr = Attributes(Image) })
            : -Errno.ENOENT;

    private FuseAttr Attributes(ulong node) => node == Root
        ? new FuseAttr { Ino = Root, Mode = 0x41FF, Nlink = 2, Blksize = 4096 }
        : new FuseAttr { Ino = Image, Mode = 0x81B6, Nlink = 1, Size = (ulong)length, Blocks = (ulong)length / 512, Blksize = 4096 };

    private static nint Put<T>(byte* payload, in T value)
        where T : unmanaged
    {
        Unsafe.WriteUnaligned(payload, value);
        return sizeof(T);
    }
}
