using System.Collections.Concurrent;
using VdFs.Core.Catalog;
using VdFs.Core.Qcow2;
using VdFs.Core.Snapshots;

namespace VdFs.Core.Deltas;

/// <summary>
/// The difference between two cuts, or all of the newer one: `A..B`, `..B`. Has a number of its own, which its node ids are made of, and lasts until B is released;
/// A may be renamed or forgotten meanwhile, and what was laid out before stays as it is.
/// </summary>
public sealed class Delta
{
    /// <summary>Attributes of what was laid out; layouts themselves are given back when many are in memory.</summary>
    private readonly ConcurrentDictionary<int, DeltaImageInfo> infos = new();

    private readonly Lock[] laying = [.. Enumerable.Range(0, 16).Select(_ => new Lock())];

    private readonly CatalogDelta row;

    internal Delta(CatalogDelta row, Snapshot newer, string state, bool isNew)
    {
        this.row = row;
        Newer = newer;
        State = state;
        IsNew = isNew;
        FirstInode = row.FirstInode;
        From = row.Older == 0 ? null : new DeltaCut(Convert.ToHexStringLower(row.OlderId), row.OlderTime, row.OlderName);
        To = new DeltaCut(Convert.ToHexStringLower(newer.CutId), newer.Time, row.NewerName) { Clock = newer.Clock };
    }

    /// <summary>From 1 on; no other delta of this state directory ever has it.</summary>
    public long Number => row.Number;

    /// <summary>Number of the older cut; 0: all of the newer one.</summary>
    public long Older => row.Older;

    /// <summary>First of its inode numbers.</summary>
    public uint FirstInode { get; internal set; }

    public Snapshot Newer { get; }

    /// <summary>How many inode numbers a delta of so many names has: two for each, and one for `deleted.json`.</summary>
    internal static int InodesOf(FileList newer) => (2 * newer.Count) + 1;

    /// <summary>Inode number of the folder at an index in the newer cut's file list, or of its qcow2, or of the JSON beside that.</summary>
    public uint InodeOf(int index, bool description) => FirstInode + (2 * (uint)index) + (description ? 1u : 0u);

    /// <summary>Inode number of `deleted.json`.</summary>
    public uint DeletedInode => FirstInode + (2 * (uint)Newer.Files.Count);

    /// <summary>The older cut, as it was when the delta was first looked at; null: all of the newer one.</summary>
    public DeltaCut? From { get; }

    public DeltaCut To { get; }

    internal byte[] OlderId => row.OlderId;

    /// <summary>Id of the state directory: an image's name wherever its deltas go.</summary>
    internal string State { get; }

    /// <summary>False: an earlier worker may have shown it, and clients may remember something of it.</summary>
    public bool IsNew { get; }

    /// <summary>One layout of an image is computed, by whoever asks first. Taken before the engine's cut lock.</summary>
    internal Lock Laying(int index) => laying[index & (laying.Length - 1)];

    /// <summary>Attributes of an image's files, if it was laid out (by this worker) before.</summary>
    public bool TryGetInfo(int index, out DeltaImageInfo info) => infos.TryGetValue(index, out info);

    /// <summary>The first one counts. False: this one isn't the same.</summary>
    internal bool Note(int index, in DeltaImageInfo info) => infos.GetOrAdd(index, info).Sum == info.Sum;

    /// <summary>Bytes of `deleted.json`; -1: nobody looked at it yet. Always the same.</summary>
    public long DeletedLength { get; set; } = -1;

    /// <summary>Name of an image's qcow2.</summary>
    public byte[] DataName(ReadOnlySpan<byte> name) => Qcow2Names.Image(name, Newer.Time);

    /// <summary>Name of the JSON beside it.</summary>
    public byte[] DescriptionName(ReadOnlySpan<byte> name) => Qcow2Names.Json(name, Newer.Time);

    /// <summary>The JSON beside an image's qcow2: always the same for the same layout.</summary>
    public byte[] Describe(DeltaImage image)
    {
        FileListEntry entry = Newer.Files.Entries[image.Index];
        return new DeltaDescription
        {
            Path = Newer.Files.PathOf(entry),
            Image = NameOf(image.Image),
            File = DataName(entry.Name),
            Backing = image.Backing,
            Size = image.Size,
            From = From,
            To = To,
            Full = image.Full,
            Reason = image.Reason,
            FormerPath = image.FormerPath,
            Extents = image.Extents(ClusterKind.Data),
            Zeros = image.Extents(ClusterKind.Zero),
        }.Write();
    }

    internal string NameOf(Images.ImageId image) => $"{State}-{image.Value}";
}
