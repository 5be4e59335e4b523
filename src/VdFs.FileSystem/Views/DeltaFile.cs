using VdFs.Core.Deltas;
using VdFs.Core.Snapshots;
using VdFs.FileSystem.Tree;

namespace VdFs.FileSystem.Views;

/// <summary>An open file of a delta: a qcow2 (a layout over a view), or a JSON file.</summary>
internal sealed class DeltaFile : IDisposable
{
    /// <param name="node">Its node.</param>
    /// <param name="snapshot">The delta's newer cut.</param>
    /// <param name="view">What data comes from; owned.</param>
    /// <param name="image">How it is laid out.</param>
    /// <param name="older">Number of the delta's older cut; 0: none.</param>
    public DeltaFile(NodeId node, Snapshot snapshot, ViewFile view, DeltaImage image, long older) => (Node, Snapshot, View, Image, Older) = (node, snapshot, view, image, older);

    /// <param name="node">Its node.</param>
    /// <param name="snapshot">The delta's newer cut.</param>
    /// <param name="json">All of it.</param>
    public DeltaFile(NodeId node, Snapshot snapshot, byte[] json) => (Node, Snapshot, Json) = (node, snapshot, json);

    public NodeId Node { get; }

    public Snapshot Snapshot { get; }

    public ViewFile? View { get; }

    public DeltaImage? Image { get; }

    /// <summary>Empty for a qcow2.</summary>
    public byte[] Json { get; } = [];

    /// <summary>Whether what was read by now may be answered.</summary>
    public bool CanServe => View is null ? Snapshot.Held : SnapshotFolder.CanServe(View) && !IsRevoked(View, Image!, Older);

    private long Older { get; }

    /// <summary>The image's changes since the older cut turned out to be unknown after it was laid out.</summary>
    public static bool IsRevoked(ViewFile view, DeltaImage image, long older) => !image.Full && view.Image.LineageSince > older;

    public void Dispose() => View?.Dispose();
}
