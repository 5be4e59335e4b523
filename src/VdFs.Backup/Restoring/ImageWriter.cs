using System.IO;
using Microsoft.Win32.SafeHandles;
using VdFs.Backup.Native;
using VdFs.Core.Errors;

namespace VdFs.Backup.Restoring;

/// <summary>Writes a restored image: what is zero becomes a hole in a new file, and is made zero on a device. For one thread.</summary>
internal sealed class ImageWriter(SafeFileHandle file, string place)
{
    private const int Block = 4096;

    private static readonly byte[] Zeros = new byte[1 << 20];

    private bool cannotPunch;

    public bool IsDevice { get; init; }

    public void SetLength(long length) => Try(() => RandomAccess.SetLength(file, length));

    public void Write(long position, ReadOnlySpan<byte> data)
    {
        if (IsDevice)
        {
            WriteAll(position, data);
            return;
        }
        // Blocks of zeros stay the holes that they are in a new file.
        int start = 0;
        for (int at = 0; at < data.Length; at += Block)
        {
            int length = Math.Min(Block, data.Length - at);
            if (data.Slice(at, length).ContainsAnyExcept((byte)0))
                continue;
            WriteAll(position + start, data[start..at]);
            start = at + length;
        }
        WriteAll(position + start, data[start..]);
    }

    public void WriteZeros(long position, long length)
    {
        if (!IsDevice || length <= 0)
            return;
        if (!cannotPunch)
        {
            using var held = new HeldHandle(file);
            // On a block device this zeroes, in the device if it can (fallocate(2), since Linux 4.9).
            if (position % Block == 0 && length % Block == 0 && Libc.fallocate(held.Descriptor, Libc.FALLOC_FL_PUNCH_HOLE | Libc.FALLOC_FL_KEEP_SIZE, position, length) == 0)
                return;
            cannotPunch = position % Block == 0 && length % Block == 0;
        }
        for (long done = 0; done < length; done += Zeros.Length)
            WriteAll(position + done, Zeros.AsSpan(0, (int)Math.Min(Zeros.Length, length - done)));
    }

    private void WriteAll(long position, ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty)
            return;
        try
        {
            RandomAccess.Write(file, data, position);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failed(e);
        }
    }

    private void Try(Action action)
    {
        try
        {
            action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failed(e);
        }
    }

    private BackupException Failed(Exception e)
    {
        FsError error = Errno.ToError(e.HResult) is var found && found != FsError.None ? found : FsError.Io;
        return new(error, $"{place} can't be written: {ErrorWords.Of(error)}.", e);
    }
}
