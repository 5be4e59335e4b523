using System.IO;
using System.Runtime.InteropServices;
using VdFs.Cli.Mounting;
using VdFs.Fuse.Native;
using VdFs.Fuse.Transport;

namespace VdFs.Cli.Doctor;

/// <summary>What <see cref="HostChecks"/> judges; gathered from this host, or given by a test.</summary>
public sealed record HostFacts
{
    public uint User { get; init; }

    /// <summary>errno of opening /dev/fuse for reading and writing; 0: it works.</summary>
    public int DeviceError { get; init; }

    /// <summary>Kernel's release, such as `6.18.3-1`.</summary>
    public string Kernel { get; init; } = "";

    /// <summary>/proc/filesystems lists fuse.</summary>
    public bool KnowsFuse { get; init; }

    public string? Fusermount { get; init; }

    public bool UserAllowOther { get; init; }

    /// <summary>Open files that this process may have; null if unknown.</summary>
    public long? OpenFiles { get; init; }

    /// <summary>Most images that one of the mounts here has; 0: none is mounted, or it doesn't answer.</summary>
    public int Images { get; init; }

    /// <summary>fs.fuse.max_pages_limit; null where the kernel has none.</summary>
    public int? MaxPages { get; init; }

    /// <summary>A worker may allocate without waiting for write-back (PR_SET_IO_FLUSHER).</summary>
    public bool FlushesWithoutWaiting { get; init; } = true;

    /// <summary>Why requests can't come by io_uring; null: they can.</summary>
    public string? WhyNoRing { get; init; }

    public string? QemuImg { get; init; }

    public string? Fio { get; init; }

    /// <summary>Bytes free where this was asked; null if unknown.</summary>
    public long? Free { get; init; }

    public static HostFacts Gather(uint user) => new()
    {
        User = user,
        DeviceError = ProcessCalls.TryOpen("/dev/fuse", write: true),
        Kernel = ReadLine("/proc/sys/kernel/osrelease") ?? RuntimeInformation.OSDescription,
        KnowsFuse = Read("/proc/filesystems").Split('\n').Any(line => line.Trim().Split('\t')[^1] == "fuse"),
        Fusermount = MountFacts.FindProgram("fusermount3"),
        UserAllowOther = MountFacts.AllowsOthers("/etc/fuse.conf"),
        OpenFiles = ReadOpenFiles(),
        MaxPages = int.TryParse(ReadLine("/proc/sys/fs/fuse/max_pages_limit"), out int pages) ? pages : null,
        FlushesWithoutWaiting = MemoryStandby.TryFlushWithoutWaiting(),
        WhyNoRing = FuseRings.WhyNot(),
        QemuImg = MountFacts.FindProgram("qemu-img"),
        Fio = MountFacts.FindProgram("fio"),
        Free = ReadFree(),
    };

    private static long? ReadOpenFiles()
    {
        foreach (var line in Read("/proc/self/limits").Split('\n'))
        {
            if (!line.StartsWith("Max open files", StringComparison.Ordinal))
                continue;
            var words = line["Max open files".Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return words.Length == 0 ? null : long.TryParse(words[0], out long limit) ? limit : long.MaxValue;
        }
        return null;
    }

    private static long? ReadFree()
    {
        try
        {
            // A mount that hangs would hang who asks it.
            if (Mounting.MountView.Read().Containing(Environment.CurrentDirectory) is { Type: Fuse.Mounting.KernelMount.Type })
                return null;
            return new DriveInfo(Environment.CurrentDirectory).AvailableFreeSpace;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // It is gone, or can't be asked.
            return null;
        }
    }

    private static string? ReadLine(string path) => Read(path) is { Length: > 0 } text ? text.Split('\n')[0].Trim() : null;

    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
