using VdFs.Core.Images;
using VdFs.Core.Snapshots;
using VdFs.Core.Storage;
using VdFs.FileSystem.Tree;

namespace VdFs.FileSystem.Views;

/// <summary>An open file of a snapshot's view.</summary>
/// <param name="file">The image as it is now, for what has not changed since; owned.</param>
internal sealed class ViewFile(NodeId node, Snapshot snapshot, FileListEntry entry, Image image, IBackingFile file) : IDisposable
{
    public NodeId Node { get; } = node;

    public Snapshot Snapshot { get; } = snapshot;

    public FileListEntry Entry { get; } = entry;

    public Image Image { get; } = image;

    public IBackingFile File { get; } = file;

    public void Dispose() => File.Dispose();
}
