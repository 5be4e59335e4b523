using System.Buffers;
using System.Buffers.Text;

namespace VdFs.Fuse.Native;

/// <summary>A process's supplementary groups, which FUSE doesn't tell: from the line `Groups:` of /proc/PID/status.</summary>
internal static unsafe class SupplementaryGroups
{
    /// <summary>More than a status with NGROUPS_MAX (65536) groups takes.</summary>
    private const int LargestStatus = 1 << 20;

    /// <summary>None if the process can't be seen: then less is allowed, never more.</summary>
    public static uint[] Of(int process)
    {
        if (process <= 0)
            return [];
        byte* path = stackalloc byte[ProcPath.BufferSize];
        ProcPath.OfStatus(process, path);
        int file = Libc.openat(Libc.AT_FDCWD, path, Libc.O_RDONLY | Libc.O_CLOEXEC, 0);
        if (file < 0)
            return [];
        try
        {
            return Read(file);
        }
        finally
        {
            _ = Libc.close(file);
        }
    }

    private static uint[] Read(int file)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(4096);
        int length = 0;
        try
        {
            while (length < LargestStatus)
            {
                if (length == buffer.Length)
                    Grow(ref buffer, length);
                nint read;
                fixed (byte* start = buffer)
                    read = Libc.read(file, start + length, buffer.Length - length);
                if (read <= 0)
                    return [];
                length += (int)read;
                if (FindLine(buffer.AsSpan(0, length), out ReadOnlySpan<byte> line))
                    return Parse(line);
            }
            return [];
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static void Grow(ref byte[] buffer, int length)
    {
        byte[] larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
        buffer.AsSpan(0, length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(buffer);
        buffer = larger;
    }

    /// <summary>Finds the complete line. A process's name can't fake one: the kernel escapes line breaks in it.</summary>
    private static bool FindLine(ReadOnlySpan<byte> status, out ReadOnlySpan<byte> line)
    {
        line = default;
        int start = status.IndexOf("\nGroups:"u8);
        if (start < 0)
            return false;
        line = status[(start + "\nGroups:"u8.Length)..];
        int end = line.IndexOf((byte)'\n');
        if (end < 0)
            return false;
        line = line[..end];
        return true;
    }

    private static uint[] Parse(ReadOnlySpan<byte> line)
    {
        List<uint> groups = [];
        while (true)
        {
            line = line.TrimStart(" \t"u8);
            if (!Utf8Parser.TryParse(line, out uint group, out int used))
                return [.. groups];
            groups.Add(group);
            line = line[used..];
        }
    }
}
