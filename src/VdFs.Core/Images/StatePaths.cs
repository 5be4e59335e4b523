namespace VdFs.Core.Images;

/// <summary>Where things lie in the state and the preserve directory; the only place that knows.</summary>
internal static class StatePaths
{
    public const string Records = "images";

    /// <summary>Up to schema version 4 of the catalog: the record of a cut under way. Removed at the next start.</summary>
    public const string FormerCutLog = "cuts";
    public const string Unrecorded = "unrecorded";
    public const string Intents = "intents";
    public const string Catalog = "catalog.db";

    /// <summary>Inode numbers of live files whose own don't fit.</summary>
    public const string Inodes = "inodes";

    /// <summary>The list of all change records.</summary>
    public const string RecordList = "records";
    public const string Lock = "lock";

    /// <summary>How the images of deltas are laid out.</summary>
    public const string Deltas = "deltas";

    /// <summary>The preserve directory, unless another place is named for it.</summary>
    public const string Preserve = "preserve";

    /// <summary>Hidden links to deleted images: always in the backing directory's own folder, wherever the state lies.</summary>
    public const string Retained = "retained";

    public const string Log = "vdfs.log";

    public const string RecordSuffix = ".changes";
    public const string DataSuffix = ".data";
    public const string SumsSuffix = ".sums";

    public static string RecordFolder(ImageId image) => $"{Records}/{image}";

    public static string Record(ImageId image, long generation) => $"{Records}/{image}/{generation:d12}{RecordSuffix}";

    public static string StoreFolder(ImageId image) => image.ToString();

    public static string Data(ImageId image, long generation) => $"{image}/{generation:d12}{DataSuffix}";

    public static string Sums(ImageId image, long generation) => $"{image}/{generation:d12}{SumsSuffix}";

    public static string DeltaFolder(long delta) => $"{Deltas}/{delta:d12}";

    public static string DeltaLayout(long delta, int index) => $"{Deltas}/{delta:d12}/{index}";

    /// <summary>The delta of a folder's name, or -1.</summary>
    public static long DeltaOf(string folder) =>
        folder.Length >= 12 && long.TryParse(folder, System.Globalization.NumberStyles.None, null, out long delta) && folder == $"{delta:d12}" ? delta : -1;

    /// <summary>The image of a folder's name, or none if it isn't one of ours.</summary>
    public static ImageId ImageOf(string folder) =>
        folder.Length == 16 && ulong.TryParse(folder, System.Globalization.NumberStyles.AllowHexSpecifier, null, out ulong id) ? new(id) : ImageId.None;

    /// <summary>The generation of a file's name with this suffix, or -1.</summary>
    public static long GenerationOf(string file, string suffix) =>
        file.EndsWith(suffix, StringComparison.Ordinal) && long.TryParse(file.AsSpan(0, file.Length - suffix.Length), System.Globalization.NumberStyles.None, null, out long generation)
            ? generation : -1;
}
