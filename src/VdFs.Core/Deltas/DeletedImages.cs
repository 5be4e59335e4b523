using System.IO;
using System.Text.Json;

namespace VdFs.Core.Deltas;

/// <summary>What stands in `deleted.json` at the root of a delta (docs/format.md).</summary>
/// <param name="From">The older cut.</param>
/// <param name="To">The newer cut.</param>
/// <param name="Images">In the order of the older cut's file list.</param>
/// <param name="Reason">Why they are not known; empty if they are.</param>
public sealed record DeletedImages(DeltaCut From, DeltaCut To, IReadOnlyList<DeletedImage> Images, string Reason = "")
{
    /// <summary>The value of `format`.</summary>
    public const string Format = "vdfs-deleted";

    /// <summary>The value of `version`; a higher one is refused.</summary>
    public const int Version = 1;

    /// <summary>The whole file, UTF-8, one line.</summary>
    public byte[] Write()
    {
        using var stream = new MemoryStream();
        using (Utf8JsonWriter writer = DeltaJson.Writer(stream))
        {
            writer.WriteStartObject();
            writer.WriteString("format", Format);
            writer.WriteNumber("version", Version);
            DeltaJson.WriteCut(writer, "from", From);
            DeltaJson.WriteCut(writer, "to", To);
            writer.WriteString("reason", Reason);
            writer.WriteStartArray("images");
            foreach (DeletedImage image in Images)
            {
                writer.WriteStartObject();
                DeltaJson.WriteBytes(writer, "path", image.Path);
                writer.WriteString("image", image.Image);
                writer.WriteNumber("size", image.Size);
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
            writer.WriteEndObject();
        }
        stream.WriteByte((byte)'\n');
        return stream.ToArray();
    }

    /// <exception cref="InvalidDataException">It isn't such a file, or of a newer version.</exception>
    public static DeletedImages Read(ReadOnlyMemory<byte> json) => DeltaJson.Read(json, Format, Version, root => new DeletedImages(
        DeltaJson.ReadCut(root, "from") ?? throw new InvalidDataException("the older cut is missing"),
        DeltaJson.ReadCut(root, "to") ?? throw new InvalidDataException("the newer cut is missing"),
        [.. root.GetProperty("images").EnumerateArray().Select(i => new DeletedImage(
            DeltaJson.RequireBytes(i, "path"), DeltaJson.RequireText(i, "image"), i.GetProperty("size").GetInt64()))],
        DeltaJson.RequireText(root, "reason")));
}
