using VdFs.Cli.Output;

namespace VdFs.Cli.Doctor;

/// <summary>What the host's facts mean for VdFs, each with what to do. Pure.</summary>
public static class HostChecks
{
    /// <summary>What a daemon needs beside images, with clients that have some files and folders open.</summary>
    private const long OpenFilesOfAny = 1024;

    /// <summary>Of an image that is written while a snapshot is held: the client's file and its node, the change record, and two of the preserve store.</summary>
    private const long OpenFilesOfImage = 5;
    private const int UsualPages = 256;
    private const long LittleSpace = 1L << 30;

    public static IEnumerable<HostCheck> Judge(HostFacts facts)
    {
        bool root = facts.User == 0;
        yield return Device(facts.DeviceError);
        yield return facts.KnowsFuse
            ? new("fuse in the kernel", "there", HostCheck.Ok, "")
            : new("fuse in the kernel", "not listed in /proc/filesystems", facts.DeviceError == 0 ? HostCheck.Better : HostCheck.Lacks, "Load it: modprobe fuse.");
        foreach (var check in Kernel(facts.Kernel))
            yield return check;
        yield return facts.Fusermount is { } path
            ? new("fusermount3", path, HostCheck.Ok, "")
            : new("fusermount3", "not installed", root ? HostCheck.Optional : HostCheck.Lacks,
                "Only root can mount without it: install the package fuse3 (native-deps/install.sh).");
        yield return facts.UserAllowOther
            ? new("user_allow_other", "in /etc/fuse.conf", HostCheck.Ok, "")
            : new("user_allow_other", "not in /etc/fuse.conf", root ? HostCheck.Optional : HostCheck.Better,
                "Needed for --allow-other when the one who mounts isn't root (hypervisors often run as another user): add the line user_allow_other.");
        yield return OpenFiles(facts);
        yield return facts.MaxPages switch
        {
            null => new("largest request", "1 MiB (the kernel has no fs.fuse.max_pages_limit)", HostCheck.Ok, ""),
            < UsualPages => new("largest request", $"{facts.MaxPages * 4} KiB", HostCheck.Better, "Large writes are cut into pieces: sysctl fs.fuse.max_pages_limit=256, before mounting."),
            _ => new("largest request", Units.Bytes(facts.MaxPages.Value * 4096L), HostCheck.Ok, ""),
        };
        yield return facts.FlushesWithoutWaiting
            ? new("short of memory", "a worker needn't wait for write-back (PR_SET_IO_FLUSHER)", HostCheck.Ok, "")
            : new("short of memory", "PR_SET_IO_FLUSHER isn't allowed (CAP_SYS_RESOURCE)", root ? HostCheck.Better : HostCheck.Optional,
                "Under one memory limit, a daemon and those who write to filesystems on its images can wait for each other; VdFs then ends the mount within --hang-limit. Give the daemon a memory group of its own, or the capability (in a container: --cap-add SYS_RESOURCE).");
        yield return facts.WhyNoRing is not { } why
            ? new("io_uring", "can be had", HostCheck.Ok, "")
            : new("io_uring", "can't be had", HostCheck.Better, $"Requests come by read(2), which is slower: {why}.");
        yield return facts.Free is not { } free
            ? new("free space here", "unknown", HostCheck.Better, "Snapshots need room for what is overwritten while they are held.")
            : new("free space here", Units.Bytes(free), free >= LittleSpace ? HostCheck.Ok : HostCheck.Better,
                free >= LittleSpace ? "" : "Snapshots need room for what is overwritten while they are held: free some, or put the preserve store elsewhere (--preserve DIR).");
        yield return Program("qemu-img", facts.QemuImg, "qemu-utils", "to convert and compare images");
        yield return Program("fio", facts.Fio, "fio", "for the benchmarks and the tests");
    }

    /// <summary>By the images there are, or by what suits any mount where none is mounted.</summary>
    private static HostCheck OpenFiles(HostFacts facts)
    {
        long wanted = OpenFilesOfAny + (OpenFilesOfImage * facts.Images);
        var forWhom = facts.Images == 0 ? "" : $", {Units.Plural(facts.Images, "image", "images")} mounted";
        if (facts.OpenFiles is not { } limit)
            return new("open files", "unknown" + forWhom, HostCheck.Better, $"See `ulimit -n`; {Units.Count(wanted)} or more suits the images here.");
        return limit >= wanted
            ? new("open files", (limit == long.MaxValue ? "unlimited" : $"{Units.Count(limit)} allowed") + forWhom, HostCheck.Ok, "")
            : new("open files", $"{Units.Count(limit)} allowed{forWhom}", HostCheck.Better,
                $"VdFs works with fewer than the {Units.Count(wanted)} that suit the images here, but closes files and opens them again all the time. Raise the limit with `ulimit -n {wanted}` or LimitNOFILE= before mounting.");
    }

    /// <summary>Whether VdFs can run.</summary>
    public static bool CanRun(IEnumerable<HostCheck> checks) => checks.All(check => check.Verdict != HostCheck.Lacks);

    private static HostCheck Device(int error) => error switch
    {
        0 => new("/dev/fuse", "can be opened", HostCheck.Ok, ""),
        1 or 13 => new("/dev/fuse", "may not be opened by this user", HostCheck.Lacks,
            "In a container add --device /dev/fuse --cap-add SYS_ADMIN; elsewhere its mode should be 0666."),
        2 or 6 or 19 => new("/dev/fuse", "not there", HostCheck.Lacks, "Load the module (modprobe fuse), or give the container the device (--device /dev/fuse)."),
        _ => new("/dev/fuse", $"can't be opened (errno {error})", HostCheck.Lacks, "Look into the kernel's log (dmesg)."),
    };

    private static IEnumerable<HostCheck> Kernel(string release)
    {
        var numbers = release.Split('.', '-', '+', '~');
        if (numbers.Length < 2 || !int.TryParse(numbers[0], out int major) || !int.TryParse(numbers[1], out int minor))
        {
            yield return new("kernel", release, HostCheck.Better, "Its version can't be read; VdFs needs 5.6 and recommends 6.9.");
            yield break;
        }
        var version = new Version(major, minor);
        yield return version >= new Version(6, 9)
            ? new("kernel", release, HostCheck.Ok, "")
            : new("kernel", release, HostCheck.Better, "6.9 or newer is recommended: before, requests that are under way when the worker dies, or is upgraded, fail with an I/O error.");
        yield return version >= new Version(5, 6)
            ? new("openat2", "in this kernel", HostCheck.Ok, "")
            : new("openat2", "not in this kernel", HostCheck.Lacks, "VdFs keeps to the backing directory by openat2(2): use a kernel of 5.6 or newer.");
    }

    private static HostCheck Program(string name, string? path, string package, string use) =>
        path is not null ? new(name, path, HostCheck.Ok, "") : new(name, "not installed", HostCheck.Optional, $"Useful {use}: install the package {package}.");
}
