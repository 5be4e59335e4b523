using System.IO;
using System.Text;
using VdFs.Core.Storage;

namespace VdFs.Fuse.Mounting;

/// <summary>The mounts that a process sees.</summary>
public static class MountTable
{
    /// <summary>All mounts, in the order in which they cover each other: a later one at the same place is on top.</summary>
    public static IReadOnlyList<MountEntry> Read() => Parse(File.ReadAllBytes("/proc/self/mountinfo"));

    /// <summary>Those that another process sees; none if it is gone or hidden.</summary>
    public static IReadOnlyList<MountEntry> Read(int process)
    {
        try
        {
            return Parse(File.ReadAllBytes($"/proc/{process}/mountinfo"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    public static IReadOnlyList<MountEntry> Parse(ReadOnlySpan<byte> mountinfo)
    {
        var entries = new List<MountEntry>();
        foreach (string line in ByteText.Decode(mountinfo).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (ParseLine(line) is MountEntry entry)
                entries.Add(entry);
        }
        return entries;
    }

    // 36 35 98:0 /root /mount/point rw,noatime shared:1 … - type source super-options
    private static MountEntry? ParseLine(string line)
    {
        string[] fields = line.Split(' ');
        int separator = Array.IndexOf(fields, "-");
        if (separator < 6 || fields.Length < separator + 3)
            return null;
        string[] device = fields[2].Split(':');
        if (device.Length != 2 || !int.TryParse(device[0], out int major) || !int.TryParse(device[1], out int minor))
            return null;
        return new MountEntry(
            Decode(fields[3]), Decode(fields[4]), Decode(fields[separator + 1]), Decode(fields[separator + 2]), major, minor, fields[5],
            fields.Length > separator + 3 ? fields[separator + 3] : "")
        {
            Id = Number(fields[0]),
            Parent = Number(fields[1]),
            Shares = Group(fields.AsSpan(6, separator - 6), "shared:"),
            Follows = Group(fields.AsSpan(6, separator - 6), "master:"),
        };
    }

    private static int Number(string field) => int.TryParse(field, out int number) ? number : 0;

    private static int Group(ReadOnlySpan<string> optional, string name)
    {
        foreach (string field in optional)
        {
            if (field.StartsWith(name, StringComparison.Ordinal))
                return Number(field[name.Length..]);
        }
        return 0;
    }

    /// <summary>Blank, tab, newline and backslash stand as a backslash and three octal digits.</summary>
    private static string Decode(string field)
    {
        if (!field.Contains('\\', StringComparison.Ordinal))
            return field;
        var decoded = new StringBuilder(field.Length);
        for (int i = 0; i < field.Length; i++)
        {
            if (field[i] == '\\' && i + 3 < field.Length && IsOctal(field[i + 1]) && IsOctal(field[i + 2]) && IsOctal(field[i + 3]))
            {
                decoded.Append((char)(((field[i + 1] - '0') << 6) | ((field[i + 2] - '0') << 3) | (field[i + 3] - '0')));
                i += 3;
            }
            else
            {
                decoded.Append(field[i]);
            }
        }
        return decoded.ToString();
    }

    private static bool IsOctal(char digit) => digit is >= '0' and <= '7';
}
