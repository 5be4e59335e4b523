using VdFs.Core.Space;

namespace VdFs.Core.Snapshots;

/// <summary>A snapshot or checkpoint as commands show it.</summary>
/// <param name="Name">Its name, unique among snapshots and checkpoints.</param>
/// <param name="CutId">The random id of its cut, 32 hexadecimal digits.</param>
/// <param name="Generation">Number of its cut, which opened this generation.</param>
/// <param name="Time">The cut's own time: unique to the millisecond, later than that of every cut before it.</param>
/// <param name="Held">True for a snapshot (a view exists), false for a checkpoint.</param>
/// <param name="Images">Images (regular files) in it.</param>
/// <param name="Bytes">Sum of their sizes in bytes.</param>
/// <param name="PreservedBytes">Bytes in the preserve store that its generation holds, up to the next cut.</param>
/// <param name="State">"whole", or why a view of it can't be served ("lost: …", "part lost: …").</param>
public sealed record SnapshotInfo(
    string Name, string CutId, long Generation, DateTimeOffset Time, bool Held,
    int Images, long Bytes, long PreservedBytes, string State)
{
    /// <summary>Id of the repository that it was cut for; empty: for none.</summary>
    public string Repository { get; init; } = "";

    /// <summary>What it is to that repository: "", "leased", "ended" or "complete".</summary>
    public string Backup { get; init; } = "";

    /// <summary>What the wall clock said at the cut, with the host's offset from UTC; null: it was cut by a version that didn't keep it.</summary>
    public DateTimeOffset? Clock { get; init; }

    /// <summary>What was noticed when it was cut: that the clock lay behind the cut before. Empty: nothing, or it was cut before this worker began.</summary>
    public string Warning { get; init; } = "";
}

/// <summary>A changed range of an image, in bytes; starts and, but for the end of the image, lengths are multiples of 4096.</summary>
public readonly record struct Extent(long Start, long Length);

/// <summary>The answer to "what changed between two cuts".</summary>
/// <param name="Image">Path of the image at the newer point.</param>
/// <param name="From">Name of the older cut.</param>
/// <param name="To">Name of the newer cut; null: now.</param>
/// <param name="Size">Size of the image at the newer point, in bytes. Where it was another at the older one, the block of the new end is among the extents.</param>
/// <param name="Full">True if the whole image has to be taken as changed.</param>
/// <param name="Reason">Why, if <paramref name="Full"/>; else empty.</param>
/// <param name="Extents">Ascending, not touching each other.</param>
public sealed record ChangeReport(
    string Image, string From, string? To, long Size, bool Full, string Reason, IReadOnlyList<Extent> Extents)
{
    /// <summary>Path of the image at the older cut, where that is known; null: it wasn't there. What the extents are changes of: <see cref="Image"/> may have been another image then.</summary>
    public string? FormerImage { get; init; }

    /// <summary>Its size at the older cut, in bytes; null: it wasn't there.</summary>
    public long? FormerSize { get; init; }
}

/// <summary>Where the engine stands.</summary>
/// <param name="Generation">Number of the current generation.</param>
/// <param name="ImagesKnown">Images with an identity.</param>
/// <param name="ImagesWritten">Images with a change record in the current generation.</param>
/// <param name="RecordedBlocks">Blocks first touched since the mount.</param>
/// <param name="PreservedBlocks">Pre-images copied since the mount.</param>
/// <param name="PreservedBytes">Bytes that pre-images take in the preserve store now.</param>
/// <param name="PreserveFree">Bytes free where pre-images lie.</param>
/// <param name="StateFree">Bytes free where the state lies.</param>
/// <param name="LastCutMilliseconds">How long the last cut kept the gate closed; 0 before the first.</param>
/// <param name="Space">The preserve store and its bounds.</param>
public sealed record EngineStatus(
    long Generation, int ImagesKnown, int ImagesWritten, long RecordedBlocks, long PreservedBlocks,
    long PreservedBytes, long PreserveFree, long StateFree, double LastCutMilliseconds, SpaceStatus Space)
{
    /// <summary>How far the wall clock lies behind what it said at the last cut; 0: it doesn't.</summary>
    public double ClockBehindSeconds { get; init; }
}
