using System.Buffers;
using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;
using VdFs.Backup.Repositories;
using VdFs.Core.Errors;

namespace VdFs.Backup.Native;

/// <summary>
/// Extended attributes of what is open, O_PATH or not: by its name below /proc/self/fd, which leads to the file itself and never further, even if that is a symbolic
/// link (xattr(7)).
/// </summary>
internal static unsafe class ExtendedAttributes
{
    /// <summary>XATTR_LIST_MAX and XATTR_SIZE_MAX of linux/limits.h.</summary>
    private const int Maximum = 64 << 10;

    /// <summary>Adds all that this process may see. A filesystem without any has none.</summary>
    public static FsError Read(SafeFileHandle file, List<ExtendedAttribute> into)
    {
        using var held = new HeldHandle(file);
        fixed (byte* path = PathOf(held))
        {
            nint size = Libc.listxattr(path, null, 0);
            if (size <= 0)
                return size < 0 && Libc.LastError is var none && none != FsError.NotSupported ? none : FsError.None;
            byte[] buffer = ArrayPool<byte>.Shared.Rent(2 * Maximum);
            try
            {
                fixed (byte* names = buffer)
                    return ReadPairs(path, names, names + Maximum, into);
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    /// <returns>Null if there is none, or it can't be read.</returns>
    public static byte[]? Get(SafeFileHandle file, ReadOnlySpan<byte> name)
    {
        using var held = new HeldHandle(file);
        byte[] buffer = new byte[Maximum];
        fixed (byte* path = PathOf(held), attribute = NativeFolder.Terminated(name), content = buffer)
        {
            nint length = Libc.getxattr(path, attribute, content, buffer.Length);
            return length < 0 ? null : buffer[..(int)length];
        }
    }

    public static FsError Set(SafeFileHandle file, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        using var held = new HeldHandle(file);
        fixed (byte* path = PathOf(held), attribute = NativeFolder.Terminated(name), content = value)
            return Libc.Check(Libc.setxattr(path, attribute, content, value.Length, 0));
    }

    /// <summary>Fine if there is none, or can't be any.</summary>
    public static FsError Remove(SafeFileHandle file, ReadOnlySpan<byte> name)
    {
        using var held = new HeldHandle(file);
        fixed (byte* path = PathOf(held), attribute = NativeFolder.Terminated(name))
        {
            FsError error = Libc.Check(Libc.removexattr(path, attribute));
            return error is FsError.NoData or FsError.NotSupported ? FsError.None : error;
        }
    }

    private static FsError ReadPairs(byte* path, byte* names, byte* value, List<ExtendedAttribute> into)
    {
        nint size = Libc.listxattr(path, names, Maximum);
        if (size < 0)
            return Libc.LastError;
        for (byte* next = names; next < names + size;)
        {
            var name = System.Runtime.InteropServices.MemoryMarshal.CreateReadOnlySpanFromNullTerminated(next);
            nint length = Libc.getxattr(path, next, value, Maximum);
            // What lists access may not be missed; of the others, what this process may not read isn't its to keep.
            if (length >= 0)
                into.Add(new(name.ToArray(), new ReadOnlySpan<byte>(value, (int)length).ToArray()));
            else if (name.StartsWith("system.posix_acl_"u8) && Libc.LastError is var error && error is not (FsError.NoData or FsError.NotSupported))
                return error;
            next += name.Length + 1;
        }
        return FsError.None;
    }

    private static byte[] PathOf(HeldHandle file) => Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{file.Descriptor}\0"));
}
