using VdFs.Core.Deltas;
using VdFs.Core.Errors;
using VdFs.Core.Tracking;

namespace VdFs.Core.Images;

/// <summary>Where an image held data at a cut, for the layout of a delta.</summary>
public sealed partial class Image
{
    /// <summary>
    /// Tells <paramref name="runs"/> which bytes of [<paramref name="start"/>, <paramref name="end"/>) the view of a cut holds data at. A place that can't be looked at counts as data: reading it
    /// tells. Whether the snapshot is still held is for the caller to check, after this.
    /// </summary>
    /// <param name="size">Size of the image at the cut.</param>
    /// <param name="holes">Of the image as it is now; one for all ranges of a pass.</param>
    internal void DescribeView(long cut, long size, HoleCursor holes, long start, long end, RunBuilder runs)
    {
        end = Math.Min(end, size);
        while (start < end)
        {
            FsError error = ViewRun(cut, size, holes, start, out bool isHole, out long stop);
            if (error != FsError.None)
            {
                isHole = false;
                stop = (Block.Of(start) + 1) << Block.Shift;
            }
            stop = Math.Min(stop, end);
            if (!isHole)
                runs.Data(start, stop);
            start = stop;
        }
    }
}
