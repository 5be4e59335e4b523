using System.Runtime.InteropServices;

namespace VdFs.FileSystem.Nodes;

/// <summary>One node as it lies in the table's memory. All that a later worker needs to find the file again: where it is, and which it must be.</summary>
[StructLayout(LayoutKind.Explicit, Size = SizeInBytes)]
internal unsafe struct NodeRecord
{
    public const int SizeInBytes = 320;
    public const int MaxName = 255;

    /// <summary>Longest handle that is kept: those of ext4, xfs, btrfs and tmpfs are shorter.</summary>
    public const int MaxHandle = 26;
    private const int HandleSplit = 10;

    /// <summary>How often this place was used before; part of the node id, so that an id never means two files.</summary>
    [FieldOffset(0)] public uint Use;
    [FieldOffset(4)] public ushort NameLength;
    [FieldOffset(6)] public byte Taken;

    /// <summary>A reference is kept for later workers (<see cref="Backing.IReferenceKeeper"/>).</summary>
    [FieldOffset(7)] public byte Kept;
    [FieldOffset(8)] public ulong Lookups;
    [FieldOffset(16)] public ulong Device;
    [FieldOffset(24)] public ulong Inode;

    /// <summary>Place of the folder that it was last seen in.</summary>
    [FieldOffset(32)] public uint Parent;

    /// <summary>Bytes of the file's handle, which lies in the two rooms that the layout left; 0: it isn't known.</summary>
    [FieldOffset(36)] private byte handleLength;

    /// <summary>End of <see cref="Use"/> when the handle was written: builds that know no handles leave that of a former file.</summary>
    [FieldOffset(37)] private byte handleUse;
    [FieldOffset(38)] public fixed byte HandleStart[HandleSplit];
    [FieldOffset(48)] public fixed byte Name[MaxName];
    [FieldOffset(304)] public fixed byte HandleEnd[MaxHandle - HandleSplit];

    public readonly bool HasHandle => handleLength is > 0 and <= MaxHandle && handleUse == (byte)Use;

    public void ForgetHandle() => handleLength = 0;

    public void WriteHandle(ReadOnlySpan<byte> handle)
    {
        // Not known while it is being written: a worker may die in between.
        Volatile.Write(ref handleLength, 0);
        handleUse = (byte)Use;
        for (int i = 0; i < handle.Length; i++)
        {
            if (i < HandleSplit)
                HandleStart[i] = handle[i];
            else
                HandleEnd[i - HandleSplit] = handle[i];
        }
        Volatile.Write(ref handleLength, (byte)handle.Length);
    }

    /// <returns>Its length.</returns>
    public readonly int ReadHandle(Span<byte> handle)
    {
        for (int i = 0; i < MaxHandle; i++)
            handle[i] = i < HandleSplit ? HandleStart[i] : HandleEnd[i - HandleSplit];
        return handleLength;
    }
}
