using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Storage;

namespace VdFs.Core.Tests.World;

/// <summary>
/// A view's read as it would be without the second look at the records: what the image itself gave is answered, whatever a writer did meanwhile.
/// </summary>
internal sealed class FirstLook(IBackingFile file) : IFile
{
    private readonly List<(long Offset, byte[] Data)> seen = [];

    public static FsError Read(Image image, Worker worker, long cut, long size, IBackingFile file, long offset, Span<byte> buffer, out int read)
    {
        var look = new FirstLook(file);
        FsError error = image.ReadView(worker, cut, size, look, offset, buffer, out read);
        foreach ((long at, byte[] data) in look.seen)
            data.CopyTo(buffer[(int)(at - offset)..]);
        return error;
    }

    public FsError Read(long offset, Span<byte> buffer, out int read)
    {
        FsError error = file.Read(offset, buffer, out read);
        if (error == FsError.None)
            seen.Add((offset, buffer[..read].ToArray()));
        return error;
    }

    public FsError Write(long offset, ReadOnlySpan<byte> data, out int written) => file.Write(offset, data, out written);

    public FsError Sync(bool dataOnly) => file.Sync(dataOnly);

    public FsError GetLength(out long length) => file.GetLength(out length);

    public FsError SetLength(long length) => file.SetLength(length);

    public FsError PunchHole(long offset, long length) => file.PunchHole(offset, length);

    public FsError SeekData(long offset, out long data) => file.SeekData(offset, out data);

    public FsError SeekHole(long offset, out long hole) => file.SeekHole(offset, out hole);

    public void Dispose() => file.Dispose();
}
