using System.Runtime.CompilerServices;
using VdFs.Fuse.Native;

namespace VdFs.Fuse.Protocol;

/// <summary>
/// Lays out one answer at a time in native memory that belongs to someone else: the header in the 16 bytes before a page,
/// everything else from the start of that page, so that read data is page-aligned and one write() sends it all.
/// </summary>
internal sealed unsafe class ReplyWriter
{
    private byte* payload;
    private int capacity;
    private int length;

    /// <summary>Where the next answer goes.</summary>
    /// <param name="room">Start of the page; at least 16 bytes before it are free too.</param>
    /// <param name="bytes">From <paramref name="room"/> on.</param>
    public void Use(byte* room, int bytes)
    {
        payload = room;
        capacity = bytes;
        length = 0;
    }

    /// <summary>Start of the finished answer.</summary>
    public byte* Start => payload - sizeof(FuseOutHeader);

    /// <summary>Length of the finished answer in bytes, header included.</summary>
    public int TotalLength => sizeof(FuseOutHeader) + length;

    public void Clear() => length = 0;

    /// <summary>Room for <paramref name="wanted"/> bytes of data, or for as many as there are.</summary>
    public Span<byte> Data(uint wanted) => new(payload, (int)Math.Min(wanted, (uint)capacity));

    /// <summary>Says how much of <see cref="Data"/> is part of the answer.</summary>
    public void SetLength(int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)bytes, (uint)capacity, nameof(bytes));
        length = bytes;
    }

    public void Append<T>(in T value)
        where T : unmanaged
    {
        if (length + sizeof(T) > capacity)
            throw new InvalidOperationException("an answer is larger than its buffer");
        Unsafe.WriteUnaligned(payload + length, value);
        length += sizeof(T);
    }

    /// <summary>Writes the header. An answer with an error has no payload.</summary>
    /// <param name="unique">Of the request, exactly as it came.</param>
    /// <param name="errno">0 or positive.</param>
    public void Finish(ulong unique, int errno)
    {
        if (errno != 0)
            length = 0;
        *(FuseOutHeader*)Start = new FuseOutHeader { Len = (uint)TotalLength, Error = -errno, Unique = unique };
    }
}
