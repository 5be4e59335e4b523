using System.Globalization;
using System.IO;
using System.Text;

namespace VdFs.Cli.Mounting;

/// <summary>
/// The mounts that this process sees, from the kernel's text: asking it never touches a mount, so one that hangs can't hang the asker.
/// </summary>
public sealed class MountTable(IReadOnlyList<MountEntry> entries)
{
    public IReadOnlyList<MountEntry> Entries { get; } = entries;

    public static MountTable Read() => Parse(File.ReadAllText("/proc/self/mountinfo"));

    /// <summary>Lines that aren't as proc(5) says are left out.</summary>
    public static MountTable Parse(string text)
    {
        var entries = new List<MountEntry>();
        foreach (var line in text.Split('\n'))
        {
            var words = line.Split(' ');
            int dash = Array.IndexOf(words, "-");
            if (dash < 6 || words.Length < dash + 4)
                continue;
            var device = words[2].Split(':');
            if (!int.TryParse(words[0], NumberStyles.None, null, out int id)
                || !int.TryParse(words[1], NumberStyles.None, null, out int parent)
                || device.Length != 2
                || !int.TryParse(device[0], NumberStyles.None, null, out int major)
                || !int.TryParse(device[1], NumberStyles.None, null, out int minor))
                continue;
            entries.Add(new(id, parent, major, minor, Unescape(words[4]), words[dash + 1], Unescape(words[dash + 2]), words[dash + 3]));
        }
        return new(entries);
    }

    /// <summary>The topmost mount at exactly this path.</summary>
    public MountEntry? At(string path)
    {
        for (int i = Entries.Count - 1; i >= 0; i--)
            if (Entries[i].MountPoint == path)
                return Entries[i];
        return null;
    }

    /// <summary>The mount that an absolute path without symbolic links lies in: the longest mount point that it begins with.</summary>
    public MountEntry? Containing(string path)
    {
        MountEntry? best = null;
        foreach (var entry in Entries)
            if (IsAtOrBelow(path, entry.MountPoint) && (best is null || entry.MountPoint.Length >= best.MountPoint.Length))
                best = entry;
        return best;
    }

    /// <summary>Whether <paramref name="path"/> is <paramref name="folder"/> or lies below it; both absolute and normal.</summary>
    public static bool IsAtOrBelow(string path, string folder) =>
        folder == "/" || path == folder
        || (path.Length > folder.Length && path[folder.Length] == '/' && path.StartsWith(folder, StringComparison.Ordinal));

    /// <summary>The kernel writes space, tab, newline and backslash as three octal digits after a backslash.</summary>
    private static string Unescape(string word)
    {
        if (!word.Contains('\\', StringComparison.Ordinal))
            return word;
        var text = new StringBuilder(word.Length);
        for (int i = 0; i < word.Length; i++)
        {
            if (word[i] == '\\' && i + 3 < word.Length && IsOctal(word, i + 1))
            {
                text.Append((char)(((word[i + 1] - '0') << 6) | ((word[i + 2] - '0') << 3) | (word[i + 3] - '0')));
                i += 3;
            }
            else
            {
                text.Append(word[i]);
            }
        }
        return text.ToString();
    }

    private static bool IsOctal(string word, int start) =>
        word[start] is >= '0' and <= '3' && word[start + 1] is >= '0' and <= '7' && word[start + 2] is >= '0' and <= '7';
}
