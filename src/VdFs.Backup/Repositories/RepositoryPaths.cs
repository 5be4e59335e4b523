using System.Text;
using VdFs.Backup.Paths;
using VdFs.Core.Qcow2;

namespace VdFs.Backup.Repositories;

/// <summary>Where everything lies in a repository. The one place that knows.</summary>
internal static class RepositoryPaths
{
    public static readonly RelativePath Header = RelativePath.Parse("vdfs-repository.json");
    public static readonly RelativePath Backups = RelativePath.Parse("backups");
    public static readonly RelativePath Images = RelativePath.Parse("images");

    /// <summary>Is there while a writer may have left files that no backup names.</summary>
    public static readonly RelativePath Unfinished = RelativePath.Parse("temporary/unfinished.txt");

    private static ReadOnlySpan<byte> Qcow2 => ".qcow2"u8;

    private static ReadOnlySpan<byte> Json => ".json"u8;

    public static RelativePath Manifest(string id) => Backups.Append(Encoding.ASCII.GetBytes(id + ".json"));

    /// <summary>A backup's id by its manifest's path; null if that is no manifest's.</summary>
    public static string? ManifestId(RelativePath path) =>
        path.Parent == Backups && path.Name.EndsWith(Json) && path.TryGetText(out string text) ? text[(Backups.Bytes.Length + 1)..^Json.Length] : null;

    /// <exception cref="ArgumentException">The path becomes too long.</exception>
    public static RelativePath Image(RelativePath image, DateTimeOffset cut) => Images.Append(image.Parent).Append(Qcow2Names.Image(image.Name, cut));

    public static bool IsImage(RelativePath path) => path != Images && path.IsIn(Images) && path.Name.EndsWith(Qcow2);

    /// <summary>The record that lies beside a qcow2 file.</summary>
    public static RelativePath Record(RelativePath file)
    {
        var name = file.Name;
        return file.Parent.Append([.. name[..^Qcow2.Length], .. Json]);
    }

    public static bool IsRecord(RelativePath path) => path != Images && path.IsIn(Images) && path.Name.EndsWith(Json);

    /// <summary>The name of <paramref name="backing"/> as it stands in <paramref name="file"/>: relative to its folder, beginning with <c>./</c> or <c>../</c>.</summary>
    public static byte[] BackingName(RelativePath file, RelativePath backing)
    {
        var folder = file.Parent;
        int up = 0;
        while (!backing.IsIn(folder))
        {
            folder = folder.Parent;
            up++;
        }
        var rest = folder.IsRoot ? backing.Bytes : backing.Bytes[(folder.Bytes.Length + 1)..];
        return [.. up == 0 ? "./"u8 : Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("../", up))), .. rest];
    }
}
