using System.IO;
using Microsoft.Win32.SafeHandles;
using VdFs.Backup.Native;
using VdFs.Backup.Paths;
using VdFs.Core.Errors;

namespace VdFs.Backup.Repositories;

/// <summary>A file of a <see cref="DirectoryStore"/> that is being written in its folder of temporary files.</summary>
internal sealed class DirectoryStoreWriter(DirectoryStore store, SafeFileHandle file, RelativePath temporary, RelativePath path) : IStoreWriter
{
    private bool committed;

    public long Length { get; private set; }

    public void Write(ReadOnlySpan<byte> data)
    {
        Try(() => { }, data);
        Length += data.Length;
    }

    public void WriteZeros(long length) => Length += length;

    public void Commit()
    {
        // Zeros at the end are a hole too.
        Try(() => RandomAccess.SetLength(file, Length), []);
        store.Publish(file, temporary, path);
        committed = true;
    }

    public void Dispose()
    {
        file.Dispose();
        if (!committed)
            store.Abandon(temporary);
    }

    private void Try(Action action, ReadOnlySpan<byte> data)
    {
        try
        {
            if (data.IsEmpty)
                action();
            else
                RandomAccess.Write(file, data, Length);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            FsError error = Errno.ToError(e.HResult);
            throw store.Failed(path, "be written", error == FsError.None ? FsError.Io : error);
        }
    }
}
