using VdFs.FileSystem.Tree;

namespace VdFs.FileSystem.Views;

/// <summary>
/// Node ids below `.snapshots`: bit 63, the cut's number in 30 bits, a place in 32 bits; of a delta, bits 63 and 62, its number, and four places per name of the newer cut's file
/// list. They are computed, so that they mean the same to any
/// worker and after any remount, and are never used for another cut. Inode numbers are others (<see cref="Core.Inodes.SnapshotInodes"/>): what asks for those wants them to last over cuts.
/// </summary>
internal static class SnapshotNode
{
    private const ulong Mark = 1UL << 63;
    private const ulong DeltaMark = 1UL << 62;
    private const uint CheckpointPlace = uint.MaxValue;

    /// <summary>`.snapshots` itself; cut 0 never is one.</summary>
    public static NodeId Folder { get; } = new(Mark);

    /// <summary>`.snapshots/.checkpoints`.</summary>
    public static NodeId Checkpoints { get; } = new(Mark | 1);

    public static ReadOnlySpan<byte> FolderName => ".snapshots"u8;

    public static ReadOnlySpan<byte> CheckpointsName => ".checkpoints"u8;

    public static bool Is(NodeId node) => (node.Value & Mark) != 0;

    /// <summary>An entry of a snapshot's view.</summary>
    public static NodeId Of(long cut, int index) => new(Mark | ((ulong)cut << 32) | (uint)index);

    /// <summary>A checkpoint's empty directory.</summary>
    public static NodeId OfCheckpoint(long cut) => new(Mark | ((ulong)cut << 32) | CheckpointPlace);

    /// <summary>A file or folder of a delta.</summary>
    public static NodeId OfDelta(long delta, int index, DeltaPart part) => new(Mark | DeltaMark | ((ulong)delta << 32) | ((uint)index << 2) | (uint)part);

    public static bool IsDelta(NodeId node) => (node.Value & (Mark | DeltaMark)) == (Mark | DeltaMark);

    public static long DeltaOf(NodeId node) => (long)((node.Value & ~(Mark | DeltaMark)) >> 32);

    /// <summary>Index in the newer cut's file list.</summary>
    public static uint IndexOf(NodeId node) => (uint)node.Value >> 2;

    public static DeltaPart PartOf(NodeId node) => (DeltaPart)(node.Value & 3);

    /// <summary>The cut of a view or a checkpoint; no cut's for a delta's node; 0 for the folders of all.</summary>
    public static long CutOf(NodeId node) => (long)((node.Value & ~Mark) >> 32);

    public static uint PlaceOf(NodeId node) => (uint)node.Value;

    public static bool IsCheckpoint(NodeId node) => CutOf(node) != 0 && PlaceOf(node) == CheckpointPlace;
}
