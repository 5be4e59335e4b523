namespace VdFs.Core.Storage;

/// <summary>One name of the backing directory as a cut sees it.</summary>
public sealed class TreeEntry
{
    /// <summary>Last component, as bytes. Empty for the root.</summary>
    public required byte[] Name { get; init; }

    public FileAttributes Attributes { get; set; }

    /// <summary>Target of a symbolic link, else null.</summary>
    public byte[]? SymlinkTarget { get; set; }

    /// <summary>Extended attributes: pairs of name and value, null if it has none. At most 64 KiB in all is kept, the excess left out.</summary>
    public IReadOnlyList<(byte[] Name, byte[] Value)>? ExtendedAttributes { get; set; }
}
