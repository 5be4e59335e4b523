namespace VdFs.Fuse.Native;

/// <summary>struct file_handle with room for the largest handle (MAX_HANDLE_SZ, 128 bytes).</summary>
internal unsafe struct FileHandleBuffer
{
    public const int Capacity = 128;

    /// <summary>In: room in bytes; out: bytes used.</summary>
    public uint Length;
    public int Type;
    public fixed byte Bytes[Capacity];
}
