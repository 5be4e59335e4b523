using System.IO;
using Microsoft.Win32.SafeHandles;
using VdFs.Core.Errors;

namespace VdFs.Backup.Native;

/// <summary>Positional reading of open files, with errors as values.</summary>
internal static class FileReading
{
    /// <summary>Fills <paramref name="buffer"/>; fewer bytes only at the end of the file.</summary>
    public static FsError Read(SafeFileHandle file, long offset, Span<byte> buffer, out int read)
    {
        read = 0;
        try
        {
            while (read < buffer.Length)
            {
                int count = RandomAccess.Read(file, buffer[read..], offset + read);
                if (count == 0)
                    break;
                read += count;
            }
            return FsError.None;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // .NET keeps errno in the low bits where it has no exception of its own for it.
            return Errno.ToError(e.HResult) is var error && error != FsError.None ? error : FsError.Io;
        }
    }

    /// <summary>Start of the first data at or after <paramref name="offset"/>; <paramref name="length"/> if there is none before it. Where holes aren't known all is data.</summary>
    public static long NextData(SafeFileHandle file, long offset, long length) => Seek(file, offset, length, Libc.SEEK_DATA, offset);

    /// <summary>Start of the first hole at or after <paramref name="offset"/>, which is data; <paramref name="length"/> if there is none before it.</summary>
    public static long NextHole(SafeFileHandle file, long offset, long length) => Seek(file, offset, length, Libc.SEEK_HOLE, length);

    private static long Seek(SafeFileHandle file, long offset, long length, int whence, long unknown)
    {
        if (offset >= length)
            return length;
        using var held = new HeldHandle(file);
        long found = Libc.lseek(held.Descriptor, offset, whence);
        if (found >= 0)
            return Math.Clamp(found, offset, length);
        return Libc.LastError == FsError.NoSuchAddress ? length : unknown;
    }
}
