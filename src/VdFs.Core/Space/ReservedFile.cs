using VdFs.Core.Errors;
using VdFs.Core.Storage;

namespace VdFs.Core.Space;

/// <summary>A file of a <see cref="ReservedStorage"/>. Owns the file below.</summary>
internal sealed class ReservedFile(IFile file, string path, ReservedStorage storage) : IFile
{
    public FsError Read(long offset, Span<byte> buffer, out int read) => file.Read(offset, buffer, out read);

    public FsError Write(long offset, ReadOnlySpan<byte> data, out int written)
    {
        FsError error;
        do
            error = file.Write(offset, data, out written);
        while (error != FsError.None && storage.MayTryAgain(error));
        return error == FsError.None ? error : storage.Watch(error, path);
    }

    public FsError Sync(bool dataOnly)
    {
        FsError error = file.Sync(dataOnly);
        return error == FsError.None ? error : storage.Watch(error, path);
    }

    public FsError GetLength(out long length) => file.GetLength(out length);

    public FsError SetLength(long length)
    {
        FsError error;
        do
            error = file.SetLength(length);
        while (error != FsError.None && storage.MayTryAgain(error));
        return error;
    }

    public FsError PunchHole(long offset, long length) => file.PunchHole(offset, length);

    public FsError ShareFrom(IFile source, long offset, long length) => file.ShareFrom(source, offset, length);

    public FsError FindHole(long offset, long length, out long hole) => file.FindHole(offset, length, out hole);

    public FsError SeekData(long offset, out long data) => file.SeekData(offset, out data);

    public FsError SeekHole(long offset, out long hole) => file.SeekHole(offset, out hole);

    public void Dispose() => file.Dispose();
}
