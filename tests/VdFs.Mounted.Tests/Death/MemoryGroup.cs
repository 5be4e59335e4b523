using System.IO;

namespace VdFs.Mounted.Tests.Death;

/// <summary>A control group with a memory limit, of version 1 or 2, whichever the kernel has the memory controller in. A daemon that it mounts is in it.</summary>
internal sealed class MemoryGroup : IMounter, IDisposable
{
    private readonly string folder;
    private readonly string[] options;

    /// <param name="bytes">The limit.</param>
    /// <param name="options">Options of the mount.</param>
    public MemoryGroup(long bytes, params string[] options)
    {
        this.options = options;
        string[] mounts = File.ReadAllLines("/proc/self/mountinfo");
        string? first = Root(mounts, "cgroup", "memory");
        string root = first ?? Root(mounts, "cgroup2", "") ?? throw new InvalidOperationException("no memory controller is mounted");
        if (first is null)
            Tool.Bash($"echo +memory > {root}/cgroup.subtree_control || true");
        folder = Path.Combine(root, $"vdfs-test-{Environment.ProcessId}");
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, first is null ? "memory.max" : "memory.limit_in_bytes"), $"{bytes}");
    }

    /// <summary>A line of bash that brings the shell into the group.</summary>
    public string Enter => $"echo $BASHPID > {folder}/cgroup.procs";

    public void Mount(MountedImages images) =>
        Tool.Bash($"{Enter}; exec {string.Join(' ', VdfsCommand.CommandLine)} mount {images.Backing} {images.Mount} --state {images.State} {string.Join(' ', options)}").Checked();

    public void Unmount(MountedImages images) => VdfsCommand.Run("unmount", images.Mount).Checked();

    public void Dispose()
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        while (true)
        {
            try
            {
                Directory.Delete(folder);
                return;
            }
            catch (IOException) when (clock.Elapsed < TimeSpan.FromSeconds(10))
            {
                // Its last process is just ending.
                Thread.Sleep(50);
            }
        }
    }

    private static string? Root(string[] mounts, string type, string option)
    {
        foreach (string[] fields in mounts.Select(line => line.Split(' ')))
        {
            int end = Array.IndexOf(fields, "-");
            if (fields[end + 1] == type && fields[3] == "/" && (option.Length == 0 || fields[end + 3].Split(',').Contains(option)))
                return fields[4];
        }
        return null;
    }
}
