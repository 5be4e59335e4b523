using VdFs.Core.Errors;

namespace VdFs.Core.Storage;

/// <summary>
/// One open file, by positional I/O only: no file position, so any number of threads may use it at once.
/// Nothing here allocates. Disposing while an operation is under way is safe: the descriptor is closed after it.
/// </summary>
public interface IFile : IDisposable
{
    /// <summary>Fills <paramref name="buffer"/> from <paramref name="offset"/>; fewer bytes are read only at the end of the file.</summary>
    FsError Read(long offset, Span<byte> buffer, out int read);

    /// <summary>
    /// Writes all of <paramref name="data"/>. After an error, <paramref name="written"/> says how much had been written before it
    /// (a short write is continued; it ends as an error only if nothing more could be written).
    /// </summary>
    FsError Write(long offset, ReadOnlySpan<byte> data, out int written);

    /// <summary>Brings data (and, unless <paramref name="dataOnly"/>, all attributes) to stable storage.</summary>
    FsError Sync(bool dataOnly);

    FsError GetLength(out long length);

    /// <summary>Cuts the file off or extends it by a hole.</summary>
    FsError SetLength(long length);

    /// <summary>Makes the range a hole; the length stays. <see cref="FsError.NotSupported"/> where the filesystem can't.</summary>
    FsError PunchHole(long offset, long length);

    /// <summary>
    /// Has a range share the extents that <paramref name="source"/> has there, up to whose end it lies: both read the same, and writing to one changes nothing in the other.
    /// <see cref="FsError.NotSupported"/> where the filesystems can't, or only by waiting for a device.
    /// </summary>
    FsError ShareFrom(IFile source, long offset, long length) => FsError.NotSupported;

    /// <summary>
    /// Start of the first hole within a range, or the range's end; what lies beyond the end of the file is one. Takes no longer for a large file, as <see cref="SeekHole"/> may
    /// where there is no hole for long. <see cref="FsError.NotSupported"/> where the filesystem can't tell.
    /// </summary>
    FsError FindHole(long offset, long length, out long hole)
    {
        FsError error = SeekHole(offset, out hole);
        hole = error == FsError.NoSuchAddress ? offset : Math.Min(hole, offset + length);
        return error == FsError.NoSuchAddress ? FsError.None : error;
    }

    /// <summary>
    /// How far the data that begins at <paramref name="offset"/> goes on at least, by a look at so many <paramref name="extents"/> of the filesystem's; <paramref name="offset"/> itself
    /// if that tells nothing. What lies behind it may be a hole or not. <see cref="FsError.NotSupported"/> where the filesystem can't tell.
    /// </summary>
    FsError FindDataEnd(long offset, int extents, out long end)
    {
        end = offset;
        return FsError.NotSupported;
    }

    /// <summary>
    /// Start of the first data at or after <paramref name="offset"/>; <see cref="FsError.NoSuchAddress"/> if there is none up to the end.
    /// A filesystem that knows no holes reports all as data.
    /// </summary>
    FsError SeekData(long offset, out long data);

    /// <summary>Start of the first hole at or after <paramref name="offset"/>; the end of the file counts as one.</summary>
    FsError SeekHole(long offset, out long hole);
}
