using System.IO;
using VdFs.Fuse.Native;

namespace VdFs.Cli.Output;

/// <summary>
/// Standard output or standard error, by its descriptor, that never ends the work of a command: what can't be written (a full disk, a pipe that nobody reads) is dropped,
/// and <see cref="Failure"/> says so.
/// </summary>
internal sealed class SteadyStream(int descriptor) : Stream
{
    private readonly StandardStream stream = new(descriptor);

    /// <summary>Why not all was written, a sentence; null: all was.</summary>
    public string? Failure { get; private set; }

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
        try
        {
            stream.Write(buffer);
        }
        catch (IOException e)
        {
            // The next one is tried again: a log's disk may have room later.
            Failure ??= e.Message;
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
        // Nothing is held back.
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
