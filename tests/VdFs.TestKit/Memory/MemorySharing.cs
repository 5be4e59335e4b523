namespace VdFs.TestKit.Memory;

/// <summary>Files that have one can share ranges.</summary>
public sealed class MemorySharing
{
    /// <summary>Bytes that were shared.</summary>
    public long Bytes { get; set; }
}
