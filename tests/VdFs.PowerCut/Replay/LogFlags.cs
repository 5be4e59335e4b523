namespace VdFs.PowerCut.Replay;

/// <summary>Flags of dm-log-writes' entries (the kernel's drivers/md/dm-log-writes.c), which QEMU's blklogwrites writes too.</summary>
[Flags]
public enum LogFlags
{
    None = 0,
    Flush = 1,
    ForceUnitAccess = 2,
    Discard = 4,
    Mark = 8,
    Metadata = 16,
}
