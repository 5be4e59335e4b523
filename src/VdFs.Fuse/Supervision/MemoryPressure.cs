using System.Globalization;
using System.IO;
using System.Text;
using VdFs.Fuse.Native;

namespace VdFs.Fuse.Supervision;

/// <summary>
/// Whether the memory that this process may use is used up: that of one of its control groups (cgroups(7), version 1 or 2), or the machine's. Everything is opened and
/// read once in advance, as the kernel allocates at a file's first read; later looks allocate nothing.
/// </summary>
/// <remarks>For one thread. Groups are those in which the process was when this was made.</remarks>
internal sealed unsafe class MemoryPressure : IDisposable
{
    /// <summary>Used up: less than one of so many parts is left.</summary>
    private const int Parts = 16;
    private const int Enough = 256;

    /// <summary>Above that a limit of version 1 means none.</summary>
    private const long NoLimit = 1L << 60;

    private readonly List<(int Usage, long Limit)> groups = [];
    private readonly int machine;

    /// <param name="groups">Directories of groups.</param>
    /// <param name="machine">As /proc/meminfo.</param>
    internal MemoryPressure(IEnumerable<string> groups, string machine)
    {
        foreach (string folder in groups)
        {
            if (Limit(folder, "memory.max") is { } second)
                Add(folder + "/memory.current", second);
            else if (Limit(folder, "memory.limit_in_bytes") is { } first)
                Add(folder + "/memory.usage_in_bytes", first);
        }
        this.machine = ProcessCalls.OpenForReading(machine);
        _ = IsShort();
    }

    /// <summary>This process's.</summary>
    public static MemoryPressure OfThisProcess() =>
        new(Groups(Text("/proc/self/cgroup"), Text("/proc/self/mountinfo")), "/proc/meminfo");

    public bool IsShort()
    {
        bool any = false;
        byte* text = stackalloc byte[Enough];
        for (int i = 0; i < groups.Count; i++)
        {
            (int usage, long limit) = groups[i];
            nint length = Libc.pread(usage, text, Enough, 0);
            any |= length > 0 && Number(new ReadOnlySpan<byte>(text, (int)length)) > limit - (limit / Parts);
        }
        nint read = machine >= 0 ? Libc.pread(machine, text, Enough, 0) : 0;
        var lines = new ReadOnlySpan<byte>(text, (int)Math.Max(0, read));
        long all = After(lines, "MemTotal:"u8), free = After(lines, "MemAvailable:"u8);
        return any || (all > 0 && free >= 0 && free < all / Parts);
    }

    public void Dispose()
    {
        foreach ((int usage, _) in groups)
            ProcessCalls.Close(usage);
        groups.Clear();
        if (machine >= 0)
            ProcessCalls.Close(machine);
    }

    /// <summary>Directories of the memory groups of a process, from its own up to the highest that is seen.</summary>
    /// <param name="membership">/proc/self/cgroup</param>
    /// <param name="mounts">/proc/self/mountinfo</param>
    internal static IEnumerable<string> Groups(string membership, string mounts)
    {
        foreach (string line in membership.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = line.Split(':', 3);
            if (parts.Length != 3)
                continue;
            bool second = parts[0] == "0" && parts[1].Length == 0;
            if (!second && !parts[1].Split(',').Contains("memory"))
                continue;
            foreach ((string root, string point) in Mounts(mounts, second))
            {
                // A container may see its own group as the highest, under the name that it has outside or as "/".
                string path = parts[2].TrimEnd('/');
                if (root != "/" && path.StartsWith(root, StringComparison.Ordinal))
                    path = path[root.Length..];
                for (; path.Length > 0; path = path[..Math.Max(0, path.LastIndexOf('/'))])
                    yield return point + path;
                yield return point;
            }
        }
    }

    // 36 35 0:31 /root /mount/point rw - cgroup source rw,memory
    private static IEnumerable<(string Root, string Point)> Mounts(string mounts, bool second)
    {
        foreach (string line in mounts.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] fields = line.Split(' ');
            int end = Array.IndexOf(fields, "-");
            if (end < 6 || fields.Length < end + 4)
                continue;
            if (second ? fields[end + 1] == "cgroup2" : fields[end + 1] == "cgroup" && fields[end + 3].Split(',').Contains("memory"))
                yield return (fields[3], fields[4]);
        }
    }

    private static long? Limit(string folder, string name) =>
        long.TryParse(Text($"{folder}/{name}").Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out long limit) && limit < NoLimit ? limit : null;

    private static string Text(string path)
    {
        try
        {
            return File.ReadAllText(path, Encoding.UTF8);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    /// <summary>The number that a text begins with, behind blanks; -1: none.</summary>
    private static long Number(ReadOnlySpan<byte> text)
    {
        long number = -1;
        foreach (byte one in text)
        {
            if (one is >= (byte)'0' and <= (byte)'9')
                number = (Math.Max(0, number) * 10) + (one - '0');
            else if (number >= 0 || one != ' ')
                break;
        }
        return number;
    }

    private static long After(ReadOnlySpan<byte> lines, ReadOnlySpan<byte> name)
    {
        int at = lines.IndexOf(name);
        return at < 0 ? -1 : Number(lines[(at + name.Length)..]);
    }

    private void Add(string usage, long limit)
    {
        int descriptor = ProcessCalls.OpenForReading(usage);
        if (descriptor >= 0)
            groups.Add((descriptor, limit));
    }
}
