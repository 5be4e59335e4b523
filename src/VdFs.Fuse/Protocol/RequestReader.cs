using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using VdFs.Fuse.Native;

namespace VdFs.Fuse.Protocol;

/// <summary>
/// Walks over one request. Trusts no length: nothing outside of what was read is ever touched, and whatever is asked for beyond
/// it, or doesn't have the form that it must have, answers false.
/// </summary>
internal ref struct RequestReader
{
    private ReadOnlySpan<byte> rest;

    private RequestReader(FuseInHeader header, ReadOnlySpan<byte> body)
    {
        Header = header;
        rest = body;
    }

    public FuseInHeader Header { get; }

    /// <summary>What was not taken yet, without extensions.</summary>
    public readonly int Remaining => rest.Length;

    /// <summary>False: not even a header, or lengths in it that don't fit what was read.</summary>
    public static bool TryCreate(ReadOnlySpan<byte> request, out RequestReader reader)
    {
        reader = default;
        if (!MemoryMarshal.TryRead(request, out FuseInHeader header))
            return false;
        int extensions = header.TotalExtLen * 8;
        if (header.Len > (uint)request.Length || header.Len < Unsafe.SizeOf<FuseInHeader>() + extensions)
        {
            // The header alone is enough to answer with an error.
            reader = new RequestReader(header, []);
            return false;
        }
        int bodyLength = (int)header.Len - Unsafe.SizeOf<FuseInHeader>() - extensions;
        reader = new RequestReader(header, request.Slice(Unsafe.SizeOf<FuseInHeader>(), bodyLength));
        return true;
    }

    /// <summary>Takes the next struct.</summary>
    public bool TryRead<T>(out T value)
        where T : unmanaged
    {
        if (!MemoryMarshal.TryRead(rest, out value))
            return false;
        rest = rest[Unsafe.SizeOf<T>()..];
        return true;
    }

    /// <summary>Takes bytes up to a NUL, which must be there; the NUL is taken but not given.</summary>
    public bool TryReadString(out ReadOnlySpan<byte> text)
    {
        int end = rest.IndexOf((byte)0);
        if (end < 0)
        {
            text = default;
            return false;
        }
        text = rest[..end];
        rest = rest[(end + 1)..];
        return true;
    }

    /// <summary>Takes a name: a string of at least one byte, without `/`, not `.` or `..`.</summary>
    public bool TryReadName(out ReadOnlySpan<byte> name) =>
        TryReadString(out name) && !name.IsEmpty && !name.Contains((byte)'/') && !name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8);

    /// <summary>Takes exactly <paramref name="length"/> bytes.</summary>
    public bool TryReadBytes(uint length, out ReadOnlySpan<byte> bytes)
    {
        if (length > (uint)rest.Length)
        {
            bytes = default;
            return false;
        }
        bytes = rest[..(int)length];
        rest = rest[(int)length..];
        return true;
    }
}
