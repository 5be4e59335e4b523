using System.Runtime.InteropServices;
using VdFs.Core.Storage;

namespace VdFs.FileSystem.Journal;

/// <summary>One request as it lies in the journal's memory. <see cref="State"/> is written last: what it says to be there is there whole.</summary>
[StructLayout(LayoutKind.Explicit, Size = SizeInBytes)]
internal unsafe struct JournalSlot
{
    public const int SizeInBytes = 1024;
    public const int MaxName = 255;

    /// <summary>A <see cref="JournalState"/>.</summary>
    [FieldOffset(0)] public int State;

    /// <summary>A <see cref="JournalOperation"/>.</summary>
    [FieldOffset(4)] public int Operation;

    /// <summary>The kernel's number of the request.</summary>
    [FieldOffset(8)] public ulong Request;

    /// <summary>Rises with each use of any slot: the oldest goes first when there are no free ones.</summary>
    [FieldOffset(16)] public long Order;

    /// <summary>Outcome: a <see cref="Core.Errors.FsError"/>.</summary>
    [FieldOffset(24)] public int Error;
    [FieldOffset(32)] public ulong FirstDevice;
    [FieldOffset(40)] public ulong FirstInode;
    [FieldOffset(48)] public ulong SecondDevice;
    [FieldOffset(56)] public ulong SecondInode;
    [FieldOffset(64)] public long Number;

    /// <summary>Renames only: node of the folder, length of the name, for the old and the new name.</summary>
    [FieldOffset(72)] public ulong OldParent;
    [FieldOffset(80)] public ulong NewParent;
    [FieldOffset(88)] public int OldLength;
    [FieldOffset(92)] public int NewLength;
    [FieldOffset(96)] public fixed byte OldName[MaxName];
    [FieldOffset(352)] public fixed byte NewName[MaxName];

    public readonly FileKey First => new(FirstDevice, FirstInode);

    public readonly FileKey Second => new(SecondDevice, SecondInode);
}
