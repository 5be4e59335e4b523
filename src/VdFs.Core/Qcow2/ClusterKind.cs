namespace VdFs.Core.Qcow2;

/// <summary>What a qcow2 file says about a cluster of the image.</summary>
public enum ClusterKind
{
    /// <summary>Nothing: it reads as the backing file has it; without one, and beyond the backing file's virtual size, as zeros.</summary>
    Unallocated,

    /// <summary>The file holds its content.</summary>
    Data,

    /// <summary>It reads as zeros, whatever the backing file holds there, and takes no room.</summary>
    Zero,
}
