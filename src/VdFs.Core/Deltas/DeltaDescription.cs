using System.IO;
using System.Text.Json;
using VdFs.Core.Snapshots;
using VdFs.Core.Storage;

namespace VdFs.Core.Deltas;

/// <summary>What stands in the JSON beside each qcow2 of a delta (docs/format.md). Paths and names are bytes, components separated by `/`.</summary>
public sealed record DeltaDescription
{
    /// <summary>The value of `format`.</summary>
    public const string Format = "vdfs-delta";

    /// <summary>The value of `version`; a higher one is refused.</summary>
    public const int Version = 1;

    /// <summary>Path of the image at the newer cut, relative to the mount.</summary>
    public required byte[] Path { get; init; }

    /// <summary>Which image it is, whatever its path: the id of the state directory, `-`, the image's in it.</summary>
    public required string Image { get; init; }

    /// <summary>Name of the qcow2 that it stands beside.</summary>
    public required byte[] File { get; init; }

    /// <summary>The qcow2's backing file, relative to it; null: it is a standalone full.</summary>
    public byte[]? Backing { get; init; }

    /// <summary>Size of the image at the newer cut, in bytes; the qcow2's virtual size is this rounded up to 512.</summary>
    public required long Size { get; init; }

    /// <summary>The older cut; null in a full backup.</summary>
    public DeltaCut? From { get; init; }

    public required DeltaCut To { get; init; }

    public required bool Full { get; init; }

    /// <summary>Why it had to be full; empty if it is a delta, or if a full one was asked for.</summary>
    public string Reason { get; init; } = "";

    /// <summary>Its path at the older cut, where that was another; else null.</summary>
    public byte[]? FormerPath { get; init; }

    /// <summary>Changed ranges (in a full one: all) that hold data, ascending, ending at the end of the image at the latest.</summary>
    public required IReadOnlyList<Extent> Extents { get; init; }

    /// <summary>Changed ranges that are holes now. A full one has none: what isn't data is a hole there.</summary>
    public IReadOnlyList<Extent> Zeros { get; init; } = [];

    /// <summary>The whole file, UTF-8, one line.</summary>
    public byte[] Write()
    {
        using var stream = new MemoryStream();
        using (Utf8JsonWriter writer = DeltaJson.Writer(stream))
        {
            writer.WriteStartObject();
            writer.WriteString("format", Format);
            writer.WriteNumber("version", Version);
            DeltaJson.WriteBytes(writer, "path", Path);
            writer.WriteString("image", Image);
            DeltaJson.WriteBytes(writer, "file", File);
            DeltaJson.WriteBytes(writer, "backing", Backing);
            writer.WriteNumber("size", Size);
            DeltaJson.WriteCut(writer, "from", From);
            DeltaJson.WriteCut(writer, "to", To);
            writer.WriteBoolean("full", Full);
            writer.WriteString("reason", Reason);
            DeltaJson.WriteBytes(writer, "formerPath", FormerPath);
            writer.WriteNumber("changedBytes", Extents.Total(e => e.Length));
            writer.WriteNumber("zeroBytes", Zeros.Total(e => e.Length));
            DeltaJson.WriteExtents(writer, "extents", Extents);
            DeltaJson.WriteExtents(writer, "zeros", Zeros);
            writer.WriteEndObject();
        }
        stream.WriteByte((byte)'\n');
        return stream.ToArray();
    }

    /// <exception cref="InvalidDataException">It isn't such a file, or of a newer version.</exception>
    public static DeltaDescription Read(ReadOnlyMemory<byte> json) => DeltaJson.Read(json, Format, Version, root =>
    {
        long size = root.GetProperty("size").GetInt64();
        return new DeltaDescription
        {
            Path = DeltaJson.RequireBytes(root, "path"),
            Image = DeltaJson.RequireText(root, "image"),
            File = DeltaJson.RequireBytes(root, "file"),
            Backing = DeltaJson.ReadBytes(root, "backing"),
            Size = size >= 0 ? size : throw new InvalidDataException($"the size of an image is {size}"),
            From = DeltaJson.ReadCut(root, "from"),
            To = DeltaJson.ReadCut(root, "to") ?? throw new InvalidDataException("the newer cut is missing"),
            Full = root.GetProperty("full").GetBoolean(),
            Reason = DeltaJson.RequireText(root, "reason"),
            FormerPath = DeltaJson.ReadBytes(root, "formerPath"),
            Extents = DeltaJson.ReadExtents(root, "extents", size),
            Zeros = DeltaJson.ReadExtents(root, "zeros", size),
        };
    });
}
