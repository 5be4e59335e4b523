using System.Runtime.InteropServices;

namespace VdFs.Fuse.Native;

/// <summary>struct cachestat of linux/mman.h: pages of a range of a file.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct CacheState
{
    public ulong Cached;
    public ulong Dirty;
    public ulong UnderWriteback;
    public ulong Evicted;
    public ulong RecentlyEvicted;
}
