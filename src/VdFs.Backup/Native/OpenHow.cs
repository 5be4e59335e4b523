namespace VdFs.Backup.Native;

/// <summary>struct open_how of openat2(2).</summary>
internal struct OpenHow
{
    public ulong Flags;

    /// <summary>Permission bits; has to be 0 unless a file is created.</summary>
    public ulong Mode;

    public ulong Resolve;
}
