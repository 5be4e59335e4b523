namespace VdFs.Fuse.Native;

/// <summary>Which mount an open file lies on (statx(2), stx_mnt_id): another one after its filesystem was unmounted and mounted again.</summary>
internal static unsafe class MountId
{
    private const uint STATX_MNT_ID = 0x1000;

    /// <summary>Since Linux 6.8: never used again while the machine runs.</summary>
    private const uint STATX_MNT_ID_UNIQUE = 0x4000;

    /// <summary>0 where the kernel doesn't tell.</summary>
    public static ulong Of(int descriptor)
    {
        byte empty = 0;
        StatxBuffer stat;
        foreach (uint mask in (ReadOnlySpan<uint>)[STATX_MNT_ID_UNIQUE, STATX_MNT_ID])
        {
            if (Libc.statx(descriptor, &empty, Libc.AT_EMPTY_PATH, mask, &stat) >= 0 && (stat.Mask & mask) != 0)
                return stat.MountId;
        }
        return 0;
    }
}
