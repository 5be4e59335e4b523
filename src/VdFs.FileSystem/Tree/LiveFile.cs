using VdFs.Core.Images;
using VdFs.Core.Storage;

namespace VdFs.FileSystem.Tree;

/// <summary>An open file of the live tree.</summary>
/// <param name="file">Owned; closed on release.</param>
/// <param name="image">The image that writes go through; null for a file opened for reading only.</param>
internal sealed class LiveFile(IBackingFile file, Image? image) : IDisposable
{
    public IBackingFile File { get; } = file;

    public Image? Image { get; } = image;

    public void Dispose()
    {
        File.Dispose();
        Image?.RemoveUser();
    }
}
