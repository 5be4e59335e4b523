using VdFs.Backup.Paths;

namespace VdFs.Backup.Repositories;

/// <summary>
/// What is known of a qcow2 file; lies beside it, with <c>.json</c> for <c>.qcow2</c>, and is written before it. Apart from the manifests, so that merging changes one
/// small file and a damaged manifest harms its own backup only.
/// </summary>
/// <param name="Format">"vdfs-file".</param>
/// <param name="Version">Of this format.</param>
/// <param name="Content">Random, 32 hexadecimal digits: stands for what an image reads as through this file. Merging keeps it.</param>
/// <param name="Image">State id and number of the image.</param>
/// <param name="VirtualSize">Bytes that the file shows.</param>
/// <param name="Forms">What the file may be: one form; while it is being merged two, the present one first.</param>
public sealed record FileRecord(string Format, int Version, string Content, string Image, long VirtualSize, IReadOnlyList<FileForm> Forms)
{
    public const string FormatName = "vdfs-file";

    public const int CurrentVersion = 1;
}

/// <param name="Length">Bytes of the file.</param>
/// <param name="Sha256">Of all of them, in hexadecimal digits.</param>
/// <param name="DataBytes">Bytes of content in it.</param>
/// <param name="Backing">The file below it in the chain; null: it stands alone.</param>
public sealed record FileForm(long Length, string Sha256, long DataBytes, BackingFile? Backing);

/// <param name="File">Path in the repository.</param>
/// <param name="Content">Its content id.</param>
public sealed record BackingFile(RelativePath File, string Content);
