using System.Runtime.InteropServices;
using VdFs.Core.Storage;
using VdFs.FileSystem.Tree;

namespace VdFs.Fuse.Protocol;

/// <summary>The flags of open(2) as the kernel passes them on (asm-generic/fcntl.h, and arm's own value of O_DIRECT).</summary>
internal static class OpenFlags
{
    private const uint AccessMode = 3;
    private const uint WriteOnly = 1;
    private const uint Exclusive = 0x80;
    private const uint Truncate = 0x200;
    private const uint DataSync = 0x1000;
    private const uint Sync = 0x101000;

    private static readonly uint Direct =
        RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm ? 0x10000u : 0x4000u;

    public static OpenIntent Intent(uint flags)
    {
        OpenIntent intent = (flags & AccessMode) switch
        {
            0 => OpenIntent.Read,
            WriteOnly => OpenIntent.Write,
            // 3 is Linux's "for ioctl only", which checks both permissions.
            _ => OpenIntent.Read | OpenIntent.Write,
        };
        if ((flags & Truncate) != 0)
            intent |= OpenIntent.Truncate;
        if ((flags & Direct) != 0)
            intent |= OpenIntent.Direct;
        if ((flags & Exclusive) != 0)
            intent |= OpenIntent.Exclusive;
        return intent;
    }

    public static WriteDurability Durability(uint flags) =>
        (flags & Sync) == Sync ? WriteDurability.DataAndAttributes
        : (flags & DataSync) != 0 ? WriteDurability.Data
        : WriteDurability.None;
}
