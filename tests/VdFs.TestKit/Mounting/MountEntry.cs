using System.IO;

namespace VdFs.TestKit.Mounting;

/// <summary>One line of /proc/self/mountinfo.</summary>
/// <param name="Device">Minor number of the device, which names a FUSE connection.</param>
/// <param name="Target">Mount point.</param>
/// <param name="Type">Filesystem type.</param>
public sealed record MountEntry(int Device, string Target, string Type)
{
    /// <summary>All mounts of this mount namespace, later ones last.</summary>
    public static IReadOnlyList<MountEntry> Read() =>
        [.. File.ReadAllLines("/proc/self/mountinfo").Select(Parse)];

    /// <summary>Mounts at a folder or below it, innermost first.</summary>
    public static IReadOnlyList<MountEntry> Below(string folder) =>
        [.. Read().Where(m => m.Target == folder || m.Target.StartsWith(folder + "/", StringComparison.Ordinal)).Reverse()];

    private static MountEntry Parse(string line)
    {
        string[] fields = line.Split(' ');
        int separator = Array.IndexOf(fields, "-");
        return new MountEntry(int.Parse(fields[2].Split(':')[1]), Unescape(fields[4]), fields[separator + 1]);
    }

    private static string Unescape(string path) =>
        path.Replace("\\040", " ", StringComparison.Ordinal).Replace("\\011", "\t", StringComparison.Ordinal);
}
