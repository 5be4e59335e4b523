namespace VdFs.PowerCut.Checks;

/// <summary>What a check of one power cut found. Bytes are those of whole blocks.</summary>
public sealed class CutResult
{
    /// <summary>Broken promises, in words; none if all is well.</summary>
    public List<string> Violations { get; init; } = [];

    /// <summary>Why an image counted as changed as a whole, and snapshots were lost.</summary>
    public HashSet<string> Reasons { get; init; } = [];

    public int SnapshotsExact { get; set; }

    public int SnapshotsLost { get; set; }

    /// <summary>Views of images in snapshots that are lost in part or whole.</summary>
    public int ViewsExact { get; set; }

    public int ViewsLost { get; set; }

    /// <summary>Questions for the changes of an image since a cut that the load had made before.</summary>
    public int Questions { get; set; }

    /// <summary>Answers that were: the whole image.</summary>
    public int Full { get; set; }

    /// <summary>Sizes of the images that they were about.</summary>
    public long Asked { get; set; }

    /// <summary>What was told to have changed.</summary>
    public long Told { get; set; }

    /// <summary>What had changed.</summary>
    public long Changed { get; set; }

    /// <summary>Sectors whose last synced write, or a later one, was there.</summary>
    public long SyncedSectors { get; set; }

    public void Add(CutResult other)
    {
        Violations.AddRange(other.Violations);
        Reasons.UnionWith(other.Reasons);
        SnapshotsExact += other.SnapshotsExact;
        SnapshotsLost += other.SnapshotsLost;
        ViewsExact += other.ViewsExact;
        ViewsLost += other.ViewsLost;
        Questions += other.Questions;
        Full += other.Full;
        Asked += other.Asked;
        Told += other.Told;
        Changed += other.Changed;
        SyncedSectors += other.SyncedSectors;
    }

    public override string ToString() =>
        $"snapshots: {SnapshotsExact} exact, {SnapshotsLost} lost (views of images: {ViewsExact} exact, {ViewsLost} lost); "
        + $"changes: {Questions} answers ({Full} full) about {Asked >> 20} MiB told {Told >> 10} KiB where {Changed >> 10} KiB had changed; "
        + $"{SyncedSectors} synced sectors there";
}
