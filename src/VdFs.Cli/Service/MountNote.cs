using System.Globalization;
using System.IO;
using System.Text;
using Microsoft.Win32.SafeHandles;
using VdFs.Core.Storage;
using VdFs.Fuse.Mounting;
using VdFs.Fuse.Native;

namespace VdFs.Cli.Service;

/// <summary>
/// What a daemon writes into the file of its <see cref="DaemonLock"/>: who it is and which directories it has. So that somebody who finds one of them locked can be
/// told by whom, whatever path it was called by, and also while the mount hides it.
/// </summary>
/// <param name="MountPoint">Where it shows the images.</param>
/// <param name="BackingDirectory">As it was named.</param>
/// <param name="Process">The supervisor's process id.</param>
/// <param name="Directories">Backing, state and preserve directory.</param>
/// <param name="Connection">Minor number of the mount's device; 0: it isn't mounted yet.</param>
internal sealed record MountNote(string MountPoint, string BackingDirectory, int Process, IReadOnlyList<FileKey> Directories, int Connection = 0)
{
    private const string ConnectionWord = "connection ";

    /// <summary>Two paths and some numbers.</summary>
    private const int Longest = 2 * 4096 + 512;

    /// <summary>Writes it into a lock's file.</summary>
    /// <param name="descriptor">Open for writing; stays the caller's.</param>
    public void Write(int descriptor)
    {
        var text = new StringBuilder().AppendLine(CultureInfo.InvariantCulture, $"{Process}").AppendLine(MountPoint).AppendLine(BackingDirectory);
        foreach (var (device, inode) in Directories)
            text.AppendLine(CultureInfo.InvariantCulture, $"{device} {inode}");
        if (Connection != 0)
            text.AppendLine(CultureInfo.InvariantCulture, $"{ConnectionWord}{Connection}");
        using var file = new SafeFileHandle(descriptor, ownsHandle: false);
        RandomAccess.SetLength(file, 0);
        RandomAccess.Write(file, Encoding.UTF8.GetBytes(text.ToString()), 0);
    }

    /// <summary>The living daemon that has a directory; null if it isn't known (another user's, another container's, or one that just begins or ends).</summary>
    public static MountNote? Find(FileKey directory, RuntimeFolders folders) =>
        Living(folders).Select(one => one.Note).FirstOrDefault(note => note.Directories.Contains(directory));

    /// <summary>What the living daemons say that this user can know of, and whose they are.</summary>
    public static IEnumerable<(MountNote Note, uint Owner)> Living(RuntimeFolders folders)
    {
        foreach (var (path, owner) in folders.AllLocks())
        {
            if (DaemonLock.Ask(path) == DaemonPresence.Lives && Read(path) is { } note)
                yield return (note, owner);
        }
    }

    /// <summary>The note of the daemon behind a mount; null if there is none, or it isn't known.</summary>
    public static MountNote? Of(MountEntry mount, RuntimeFolders folders) =>
        folders.PlaceOf(mount).Locks.Where(path => DaemonLock.Ask(path) == DaemonPresence.Lives).Select(Read).FirstOrDefault(note => note is not null);

    /// <summary>Whether the process that holds the mount over its workers' deaths lives.</summary>
    public bool HasHolder => File.Exists($"/proc/{Process.ToString(CultureInfo.InvariantCulture)}/stat") && !IsDead(Process);

    /// <summary>A process that nobody has reaped has a number still.</summary>
    private static bool IsDead(int process)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{process.ToString(CultureInfo.InvariantCulture)}/stat");
            return stat[(stat.LastIndexOf(')') + 2)..] is ['Z' or 'X', ..];
        }
        catch (IOException)
        {
            return true;
        }
    }

    /// <summary>Null: it isn't there, or can't be understood.</summary>
    public static MountNote? Read(string path)
    {
        // Not by a FileStream, which asks for a lock of its own on the file, and its daemon has that.
        int descriptor = ProcessCalls.OpenSuspect(path);
        if (descriptor < 0)
            return null;
        using var file = new SafeFileHandle(descriptor, ownsHandle: true);
        return Read(file);
    }

    /// <param name="descriptor">Open for reading; stays the caller's.</param>
    public static MountNote? Read(int descriptor)
    {
        using var file = new SafeFileHandle(descriptor, ownsHandle: false);
        return Read(file);
    }

    private static MountNote? Read(SafeFileHandle file)
    {
        try
        {
            var bytes = new byte[Longest];
            int length = RandomAccess.Read(file, bytes, 0);
            var lines = Encoding.UTF8.GetString(bytes, 0, length).Split('\n', StringSplitOptions.RemoveEmptyEntries).ToList();
            int connection = 0;
            if (lines.Count > 3 && lines[^1].StartsWith(ConnectionWord, StringComparison.Ordinal))
            {
                connection = int.Parse(lines[^1].AsSpan(ConnectionWord.Length), CultureInfo.InvariantCulture);
                lines.RemoveAt(lines.Count - 1);
            }
            // A mount point's name may hold a line break; then its note says nothing, and the directory is in use by a mount that isn't named.
            return lines is [var process, var point, var backing, ..]
                ? new(point, backing, int.Parse(process, CultureInfo.InvariantCulture), [.. lines.Skip(3).Select(ReadKey)], connection) : null;
        }
        catch (Exception e) when (e is IOException or FormatException or OverflowException or NotSupportedException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static FileKey ReadKey(string line) => line.Split(' ') is [var device, var inode]
        ? new(ulong.Parse(device, CultureInfo.InvariantCulture), ulong.Parse(inode, CultureInfo.InvariantCulture)) : throw new FormatException();
}
