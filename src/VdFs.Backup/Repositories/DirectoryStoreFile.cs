using System.IO;
using Microsoft.Win32.SafeHandles;
using VdFs.Backup.Native;
using VdFs.Core.Errors;

namespace VdFs.Backup.Repositories;

/// <summary>A file of a <see cref="DirectoryStore"/>, open for reading.</summary>
internal sealed class DirectoryStoreFile(SafeFileHandle file, long length) : IStoredFile
{
    public long Length { get; } = length;

    public FsError Read(long offset, Span<byte> buffer, out int read) => FileReading.Read(file, offset, buffer, out read);

    public long NextData(long offset) => FileReading.NextData(file, offset, Length);

    public void Dispose() => file.Dispose();
}
