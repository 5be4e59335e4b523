using System.Diagnostics;
using System.IO;
using VdFs.TestKit.Processes;

namespace VdFs.TestKit.Mounting;

/// <summary>Finds and ends mounts and processes that a test left below its folder.</summary>
public static class MountLeaks
{
    private const string Connections = "/sys/fs/fuse/connections";

    /// <summary>
    /// Waits a little for processes whose command line names the folder, then ends what is left: lazy unmounts, aborted FUSE
    /// connections, killed processes. Answers a sentence for each; none if all was clean.
    /// </summary>
    public static IReadOnlyList<string> End(string folder)
    {
        List<string> leaks = [];
        foreach (MountEntry mount in MountEntry.Below(folder))
        {
            leaks.Add($"left mounted: {mount.Target} ({mount.Type})");
            if (mount.Type.StartsWith("fuse", StringComparison.Ordinal))
                Abort(mount.Device);
            Tool.Run("umount", ["--lazy", mount.Target], TimeSpan.FromSeconds(10));
        }
        var clock = Stopwatch.StartNew();
        while (Processes(folder).Count > 0 && clock.Elapsed < TimeSpan.FromSeconds(10))
            Thread.Sleep(50);
        foreach ((int id, string commandLine) in Processes(folder))
        {
            leaks.Add($"left running: {id} {commandLine}");
            Tool.Run("kill", ["-KILL", id.ToString()], TimeSpan.FromSeconds(5));
        }
        return leaks;
    }

    /// <summary>Ends a FUSE connection: everything that waits on it gets an error.</summary>
    public static void Abort(int device)
    {
        if (!Directory.Exists(Path.Combine(Connections, device.ToString())))
            Tool.Run("mount", ["-t", "fusectl", "none", Connections], TimeSpan.FromSeconds(10));
        string abort = Path.Combine(Connections, device.ToString(), "abort");
        if (File.Exists(abort))
            Tool.Bash($"echo 1 > {abort}", TimeSpan.FromSeconds(10));
    }

    /// <summary>Processes, but this one, with the folder in their command line.</summary>
    public static IReadOnlyList<(int Id, string CommandLine)> Processes(string folder)
    {
        List<(int, string)> found = [];
        foreach (string entry in Directory.GetDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(entry), out int id) || id == Environment.ProcessId)
                continue;
            try
            {
                string commandLine = File.ReadAllText(Path.Combine(entry, "cmdline")).Replace('\0', ' ');
                if (commandLine.Contains(folder, StringComparison.Ordinal))
                    found.Add((id, commandLine));
            }
            catch (IOException)
            {
                // It ended meanwhile.
            }
            catch (UnauthorizedAccessException)
            {
                // Not ours.
            }
        }
        return found;
    }
}
