namespace VdFs.Backup.Native;

/// <summary>struct flock of fcntl(2), on 64-bit Linux.</summary>
internal struct FileLock
{
    public short Type;
    public short Whence;
    public long Start;
    public long Length;
    public int Process;
}
