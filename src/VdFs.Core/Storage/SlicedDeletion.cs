using VdFs.Core.Errors;

namespace VdFs.Core.Storage;

/// <summary>
/// Deletes files that may be large. A filesystem that gives many extents back in one call keeps others waiting for its journal, and whoever closes such a file last pays for it:
/// so it is cut off bit by bit, and empty when its name goes.
/// </summary>
/// <remarks>Killed in between, the file is there and shorter. Only for what nothing may look into any more.</remarks>
internal static class SlicedDeletion
{
    /// <summary>Bytes that are given back in one go.</summary>
    public const long Slice = 64 << 20;

    /// <summary>As <see cref="IStorage.Delete"/>.</summary>
    public static FsError Delete(IStorage storage, string path)
    {
        if (storage.Open(path, StorageOpen.Existing, out IFile? file) == FsError.None)
        {
            using (file)
                CutOff(file!);
        }
        return storage.Delete(path);
    }

    /// <summary>From the end, and quickly over holes: a store is as long as its image. Stops at the first error: deleting gives the rest back.</summary>
    private static void CutOff(IFile file)
    {
        if (file.GetLength(out long length) != FsError.None || length <= Slice)
            return;
        long step = Slice;
        while (length > 0)
        {
            long next = Math.Max(0, length - step);
            bool empty = file.SeekData(next, out _) == FsError.NoSuchAddress;
            if (!empty && step > Slice)
            {
                step = Slice;
                continue;
            }
            if (!empty && file.SetLength(next) != FsError.None)
                return;
            length = next;
            step = empty ? step * 2 : Slice;
        }
    }
}
