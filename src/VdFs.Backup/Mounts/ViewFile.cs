using Microsoft.Win32.SafeHandles;
using VdFs.Backup.Native;
using VdFs.Core.Errors;
using VdFs.Core.Qcow2;

namespace VdFs.Backup.Mounts;

/// <summary>An image of a view (or any regular file), open for reading. Safe from any thread.</summary>
internal sealed class ViewFile(SafeFileHandle file, long length) : IClusterSource, IDisposable
{
    public long Length { get; } = length;

    public FsError Read(long offset, Span<byte> buffer, out int read)
    {
        read = 0;
        if (offset >= Length)
            return FsError.None;
        return FileReading.Read(file, offset, buffer.Length > Length - offset ? buffer[..(int)(Length - offset)] : buffer, out read);
    }

    /// <summary>Ranges that aren't holes, in bytes, ascending.</summary>
    public IEnumerable<(long Start, long End)> Data()
    {
        for (long position = 0; ;)
        {
            long start = FileReading.NextData(file, position, Length);
            if (start >= Length)
                yield break;
            position = FileReading.NextHole(file, start, Length);
            yield return (start, position);
        }
    }

    public void Dispose() => file.Dispose();
}
