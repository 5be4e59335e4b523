using System.IO;

namespace VdFs.Fuse.Mounting;

/// <summary>How far the kernel reads ahead of who reads a mount's files in order (Documentation/ABI/testing/sysfs-class-bdi).</summary>
public static class ReadAhead
{
    /// <summary>As much as one request can bring. The kernel's own 128 KiB take eight, of which hardly two are under way at once.</summary>
    private const string Kibibytes = "1024";

    /// <summary>Sets it; once the kernel's INIT is answered, which would cut it down again. Nothing happens without the rights: reads are slower then.</summary>
    public static void Set(string mountPoint)
    {
        try
        {
            if (MountTable.Read().LastOrDefault(m => m.MountPoint == mountPoint && m.Type == KernelMount.Type) is { } mount)
                File.WriteAllText($"/sys/class/bdi/{mount.Major}:{mount.Minor}/read_ahead_kb", Kibibytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }
    }
}
