using System.Runtime.InteropServices;

namespace VdFs.FileSystem.Nodes;

/// <summary>One node as it lies in the table's memory. All that a later worker needs to find the file again: where it is, and which it must be.</summary>
[StructLayout(LayoutKind.Explicit, Size = SizeInBytes)]
internal unsafe struct NodeRecord
{
    public const int SizeInBytes = 320;
    public const int MaxName = 255;

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
    [FieldOffset(48)] public fixed byte Name[MaxName];
}
