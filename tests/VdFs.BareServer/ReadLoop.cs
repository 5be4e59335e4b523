using VdFs.Fuse.Native;

namespace VdFs.BareServer;

/// <summary>read(2), do, write(2): one request at a time.</summary>
internal static unsafe class ReadLoop
{
    public static void Run(int device, BareFile file)
    {
        var buffers = new Buffers();
        while (true)
        {
            nint length = FuseLibc.read(device, buffers.Request, Buffers.RequestCapacity);
            if (length < 0)
            {
                if (Libc.LastErrno is Errno.ENOENT or Errno.EINTR or Errno.EAGAIN)
                    continue;
                return;
            }
            int answer = file.Serve(buffers.Request, buffers.Answer);
            if (answer > 0)
                _ = FuseLibc.write(device, buffers.Answer, (nuint)answer);
        }
    }
}
