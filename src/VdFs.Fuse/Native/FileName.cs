using VdFs.Core.Errors;

namespace VdFs.Fuse.Native;

/// <summary>Turns names and paths, which are spans of bytes in VdFs, into the NUL-terminated strings of system calls.</summary>
internal static unsafe class FileName
{
    /// <summary>NAME_MAX and its NUL.</summary>
    public const int BufferSize = 256;

    /// <summary>PATH_MAX, NUL included.</summary>
    public const int PathBufferSize = 4096;

    /// <summary>
    /// Copies one component. <see cref="FsError.InvalidArgument"/> for what isn't one: empty, `.`, `..`, with `/` or NUL;
    /// <see cref="FsError.NameTooLong"/> above 255 bytes.
    /// </summary>
    /// <param name="buffer"><see cref="BufferSize"/> bytes.</param>
    public static FsError CopyComponent(ReadOnlySpan<byte> name, byte* buffer)
    {
        if (name.Length >= BufferSize)
            return FsError.NameTooLong;
        if (!IsComponent(name))
            return FsError.InvalidArgument;
        Copy(name, buffer);
        return FsError.None;
    }

    public static bool IsComponent(ReadOnlySpan<byte> name) =>
        !name.IsEmpty && !name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8) && name.IndexOfAny((byte)'/', (byte)0) < 0;

    /// <summary>Whether a relative path consists of components only.</summary>
    public static bool IsPath(ReadOnlySpan<byte> path)
    {
        while (true)
        {
            int slash = path.IndexOf((byte)'/');
            if (!IsComponent(slash < 0 ? path : path[..slash]))
                return false;
            if (slash < 0)
                return true;
            path = path[(slash + 1)..];
        }
    }

    /// <summary>Copies text that may be anything but has no NUL (a symlink's target, an attribute's name).</summary>
    /// <param name="size">The buffer's bytes, NUL included.</param>
    /// <param name="tooLong">What to answer when it doesn't fit.</param>
    public static FsError CopyText(ReadOnlySpan<byte> text, byte* buffer, int size, FsError tooLong)
    {
        if (text.Length >= size)
            return tooLong;
        if (text.Contains((byte)0))
            return FsError.InvalidArgument;
        Copy(text, buffer);
        return FsError.None;
    }

    /// <summary>Copies without a check and adds the NUL.</summary>
    public static void Copy(ReadOnlySpan<byte> text, byte* buffer)
    {
        text.CopyTo(new Span<byte>(buffer, text.Length));
        buffer[text.Length] = 0;
    }
}
