using System.IO;
using System.Runtime.InteropServices;
using VdFs.Core.Errors;

namespace VdFs.Fuse.Native;

/// <summary>
/// Standard output or error by write(2) alone. Not the framework's stream, whose first write sends a terminal escape sequences; nor a FileStream, which writes at
/// offsets of its own and so over what another process, or standard error, has put into the same file. Safe from any thread.
/// </summary>
/// <param name="descriptor">1 or 2; not closed.</param>
public sealed unsafe class StandardStream(int descriptor) : Stream
{
    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            nint written;
            fixed (byte* start = buffer)
                written = FuseLibc.write(descriptor, start, (nuint)buffer.Length);
            if (written >= 0)
            {
                buffer = buffer[(int)written..];
                continue;
            }
            int errno = Marshal.GetLastSystemError();
            FsError error = Errno.ToError(errno);
            if (error == FsError.TryAgain)
                WaitForRoom();
            else if (error != FsError.Interrupted)
                throw new IOException($"{(descriptor == 1 ? "Standard output" : "Standard error")} can't be written: {Marshal.GetPInvokeErrorMessage(errno)}.");
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    /// <summary>Somebody made the terminal, or the pipe, one that doesn't wait.</summary>
    private void WaitForRoom()
    {
        const short PollOut = 4;
        var polled = new FuseLibc.PollFd { Fd = descriptor, Events = PollOut };
        _ = FuseLibc.poll(&polled, 1, -1);
    }
}
