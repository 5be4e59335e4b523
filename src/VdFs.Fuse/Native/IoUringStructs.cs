using System.Runtime.InteropServices;

namespace VdFs.Fuse.Native;

/// <summary>struct io_uring_params of linux/io_uring.h, with io_sqring_offsets and io_cqring_offsets in it.</summary>
[StructLayout(LayoutKind.Explicit, Size = 120)]
internal struct IoUringParameters
{
    [FieldOffset(0)]
    public uint SubmissionEntries;
    [FieldOffset(4)]
    public uint CompletionEntries;
    [FieldOffset(8)]
    public IoUringSetup Flags;
    [FieldOffset(20)]
    public IoUringFeatures Features;
    [FieldOffset(40)]
    public uint SubmissionHead;
    [FieldOffset(44)]
    public uint SubmissionTail;
    [FieldOffset(48)]
    public uint SubmissionMask;
    [FieldOffset(56)]
    public uint SubmissionFlags;
    [FieldOffset(64)]
    public uint SubmissionArray;
    [FieldOffset(80)]
    public uint CompletionHead;
    [FieldOffset(84)]
    public uint CompletionTail;
    [FieldOffset(88)]
    public uint CompletionMask;
    [FieldOffset(100)]
    public uint CompletionQueue;
    [FieldOffset(104)]
    public uint CompletionFlags;
}

/// <summary>struct io_uring_sqe, as far as reads, writes and cancellations need it.</summary>
[StructLayout(LayoutKind.Explicit, Size = 64)]
internal struct IoUringEntry
{
    [FieldOffset(0)]
    public IoUringOperation Operation;
    [FieldOffset(1)]
    public IoUringEntryFlags Flags;
    [FieldOffset(4)]
    public int Descriptor;
    [FieldOffset(8)]
    public ulong Offset;
    [FieldOffset(16)]
    public ulong Address;
    [FieldOffset(24)]
    public uint Length;
    [FieldOffset(28)]
    public uint OperationFlags;
    [FieldOffset(32)]
    public ulong UserData;
}

/// <summary>struct io_uring_cqe.</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal struct IoUringCompletion
{
    [FieldOffset(0)]
    public ulong UserData;

    /// <summary>What the system call would have answered, or a negative errno.</summary>
    [FieldOffset(8)]
    public int Result;
    [FieldOffset(12)]
    public uint Flags;
}

/// <summary>enum io_uring_op.</summary>
internal enum IoUringOperation : byte
{
    AsyncCancel = 14,
    Read = 22,
    Write = 23,
}

/// <summary>IOSQE_*.</summary>
[Flags]
internal enum IoUringEntryFlags : byte
{
    None = 0,

    /// <summary>No completion unless it fails. Linux 5.17.</summary>
    SkipSuccess = 1 << 6,
}

/// <summary>IORING_SETUP_*.</summary>
[Flags]
internal enum IoUringSetup : uint
{
    None = 0,

    /// <summary>The ring says in memory that it has work to do at the next enter. Linux 5.19.</summary>
    TaskRunFlag = 1 << 9,

    /// <summary>One thread submits. Linux 6.0.</summary>
    SingleIssuer = 1 << 12,

    /// <summary>What a completion needs is done when that thread enters and asks for events, never in between. Linux 6.1.</summary>
    DeferTaskRun = 1 << 13,
}

/// <summary>IORING_FEAT_*.</summary>
[Flags]
internal enum IoUringFeatures : uint
{
    None = 0,
    SingleMap = 1 << 0,
    NoDrop = 1 << 1,
    SkipSuccess = 1 << 11,
}
