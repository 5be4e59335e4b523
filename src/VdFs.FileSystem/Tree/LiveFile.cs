using VdFs.Core.Errors;
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

    /// <summary>The count of <see cref="AttributeChanges"/> at which the file was seen without privileges; -1: never. Any thread may set it.</summary>
    public int PlainAt { get; set; } = -1;

    public void Dispose()
    {
        // The last look at a file that had no name when it was last seen: it may have got one since.
        if (Image is { IsNameless: true } && File.GetAttributes(out FileAttributes attributes) == FsError.None && attributes.Links != 0)
            Image.FindName();
        File.Dispose();
        Image?.RemoveUser();
    }
}
