namespace VdFs.PowerCut.Native;

/// <summary>A file by its descriptor: positional reads and writes that are whole or fail with an error number.</summary>
public sealed unsafe class RawFile : IDisposable
{
    private readonly string path;
    private int descriptor;

    private RawFile(string path, int flags)
    {
        this.path = path;
        descriptor = Libc.Open(path, flags | Libc.CloseOnExec, 0x1a4);
        if (descriptor < 0)
            throw new CallFailedException("open", path, Libc.Error);
    }

    public static RawFile ForReading(string path) => new(path, Libc.ReadOnly);

    public static RawFile Created(string path) => new(path, Libc.ReadWrite | Libc.Create);

    /// <param name="path">The file.</param>
    /// <param name="direct">Past the page cache (O_DIRECT): a block device asks for aligned memory, offset and length.</param>
    /// <param name="durable">Each write returns when it is on stable storage (O_DSYNC).</param>
    public static RawFile ForWriting(string path, bool direct = false, bool durable = false) =>
        new(path, Libc.ReadWrite | (direct ? Libc.Direct : 0) | (durable ? Libc.DataSync : 0));

    /// <summary>Fills the buffer; what lies behind the end reads as zeros.</summary>
    public void Read(Span<byte> buffer, long offset)
    {
        fixed (byte* start = buffer)
        {
            for (int done = 0; done < buffer.Length;)
            {
                nint count = Libc.Read(descriptor, start + done, buffer.Length - done, offset + done);
                if (count < 0)
                    throw new CallFailedException("read", path, Libc.Error);
                if (count == 0)
                {
                    buffer[done..].Clear();
                    return;
                }
                done += (int)count;
            }
        }
    }

    /// <summary>One call; a short write is a failure.</summary>
    public void Write(ReadOnlySpan<byte> bytes, long offset)
    {
        fixed (byte* start = bytes)
        {
            nint count = Libc.Write(descriptor, start, bytes.Length, offset);
            if (count != bytes.Length)
                throw new CallFailedException("write", path, count < 0 ? Libc.Error : Libc.InputOutputError);
        }
    }

    public void Sync()
    {
        if (Libc.Sync(descriptor) != 0)
            throw new CallFailedException("fsync", path, Libc.Error);
    }

    public void SetLength(long length)
    {
        if (Libc.SetLength(descriptor, length) != 0)
            throw new CallFailedException("ftruncate", path, Libc.Error);
    }

    public void Dispose()
    {
        if (descriptor >= 0)
            _ = Libc.Close(descriptor);
        descriptor = -1;
    }
}
