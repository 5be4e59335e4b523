using VdFs.Core.Errors;
using VdFs.Core.Storage;
using VdFs.Core.Tracking;

namespace VdFs.Core.Images;

/// <summary>
/// Where a file has data and where holes, for a pass over it: one answer of the filesystem serves all places that it covers. What it costs is in proportion to the places that are
/// asked for or to the file's extents, whichever is less, also where the next hole is dear to find: on tmpfs SEEK_HOLE looks at every page up to it, on others at every extent.
/// </summary>
/// <remarks>
/// Answers are kept for as long as the cursor lives. What must hold: whoever uses one of a block for a cut looks afterwards whether a generation since has the block. If none has, nobody
/// has changed it from the cut until then, so an answer of any moment in between is true. For one thread; the file stays the caller's.
/// </remarks>
/// <param name="file">As it is now.</param>
/// <param name="near">Only what lies near is asked for: where the end of data is dear to find, it is looked for block by block.</param>
internal sealed class HoleCursor(IFile file, bool near = false)
{
    private const int MostExtents = 16;

    private long from;
    private long to;
    private bool hole;

    /// <summary>Extents to ask for at once: more while data goes on where the last answer ended.</summary>
    private int extents = 1;

    /// <summary>Whether there is a hole at <paramref name="position"/>, and up to where that is known to go on.</summary>
    public FsError Look(long position, out bool isHole, out long end)
    {
        FsError error = FsError.None;
        if (position < from || position >= to)
            error = Ask(position);
        isHole = hole;
        end = to;
        return error;
    }

    private FsError Ask(long position)
    {
        bool goesOn = position == to && !hole;
        FsError error = file.SeekData(position, out long data);
        if (error is not (FsError.None or FsError.NoSuchAddress))
            return error;
        (from, hole) = (position, error == FsError.NoSuchAddress || data > position);
        if (hole)
        {
            to = error == FsError.NoSuchAddress ? long.MaxValue : data;
            return FsError.None;
        }
        extents = goesOn ? Math.Min(extents * 2, MostExtents) : 1;
        error = file.FindDataEnd(position, extents, out to);
        if (error == FsError.None && to > position)
            return FsError.None;
        // Not to be had of the extents, or none that is written yet: pages of it may be.
        if (near)
        {
            to = (Block.Of(position) + 1) << Block.Shift;
            return FsError.None;
        }
        error = file.SeekHole(position, out to);
        to = Math.Max(to, position + 1);
        return error == FsError.NoSuchAddress ? FsError.None : error;
    }
}
