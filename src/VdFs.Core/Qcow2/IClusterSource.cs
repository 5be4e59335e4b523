using VdFs.Core.Errors;

namespace VdFs.Core.Qcow2;

/// <summary>Bytes by their offset: an image's content, as a layout needs it, or those of a qcow2 file that is read.</summary>
public interface IClusterSource
{
    /// <summary>Fills <paramref name="buffer"/> from <paramref name="offset"/>; fewer bytes are read only at the end. What lies past the end counts as zeros.</summary>
    FsError Read(long offset, Span<byte> buffer, out int read);
}
