using VdFs.Core.Images;
using VdFs.Core.Storage;

namespace VdFs.Core.Snapshots;

/// <summary>What a cut found changed with the gate closed: a path that now leads to <paramref name="Entry"/>, or to nothing if that is null.</summary>
internal sealed record TreeEdit(byte[] Path, TreeEntry? Entry, ImageId Image);
