namespace VdFs.Core.Deltas;

/// <summary>An image that the older cut of a delta had and the newer one has not.</summary>
/// <param name="Path">Its path at the older cut, as bytes; of several hard links the first.</param>
/// <param name="Image">The id of the state directory, `-`, the image's in it.</param>
/// <param name="Size">Its size in bytes at the older cut.</param>
public sealed record DeletedImage(byte[] Path, string Image, long Size);
