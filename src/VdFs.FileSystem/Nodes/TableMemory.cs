namespace VdFs.FileSystem.Nodes;

/// <summary>
/// Memory that a table lies in: zero at first, at one address while it is used. It belongs to whoever made it (a descriptor that a supervisor
/// can hold), so that what the kernel calls a file by means the same to a later worker.
/// </summary>
public readonly unsafe struct TableMemory(byte* address, long length)
{
    public byte* Address { get; } = address;

    /// <summary>In bytes. Pages that were never touched take no room.</summary>
    public long Length { get; } = length;
}
