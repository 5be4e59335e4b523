using System.IO;

namespace VdFs.Mounted.Tests.Deltas;

/// <summary>A mount, a target of mount-scripts/backup-with-rsync, and what each night's images were.</summary>
internal sealed class NightlyWorld : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);
    private readonly string saved;

    public NightlyWorld()
    {
        saved = Directory.CreateDirectory(Path.Combine(Images.Scratch, "saved")).FullName;
        Change("mkdir db; head -c 900001 /dev/urandom > db/disk.img; head -c 50000 /dev/urandom > small");
    }

    public MountedImages Images { get; } = new();

    public string Target => Path.Combine(Images.Scratch, "target");

    public static string Script => Path.Combine(Repository.Root, "mount-scripts/backup-with-rsync");

    /// <summary>Names of the complete backups, oldest first.</summary>
    public IReadOnlyList<string> Nights => [.. Directory.GetDirectories(Path.Combine(Target, "nights")).Select(n => Path.GetFileName(n)).Order(StringComparer.Ordinal)];

    /// <summary>Snapshots that a run has left.</summary>
    public IReadOnlyList<string> Held => [.. Directory.GetDirectories(Images.Snapshots).Select(n => Path.GetFileName(n)!).Where(n => n.StartsWith("nightly-", StringComparison.Ordinal))];

    /// <summary>The name that the next snapshot gets if the last one had this one: `nightly-ID-3`.</summary>
    public string Name(int number) => $"nightly-{File.ReadAllText(Path.Combine(Target, "backup-with-rsync")).Trim().Split(' ')[2]}-{number}";

    public void Change(string script) => Tool.Bash($"cd {Images.Mount}; {script}", Limit).Checked();

    /// <summary>Other bytes here and there.</summary>
    public void Write(int seed) => Change($"head -c 9000 /dev/urandom | dd of=db/disk.img oflag=seek_bytes seek={seed * 70_001 % 800_000} conv=notrunc status=none");

    public ToolResult Run(params string[] options) => Tool.Run(Script, [Images.Mount, Target, .. options], Limit);

    /// <summary>With a program of the name given in place of the real one, which is $REAL there; $PPID is the script.</summary>
    public ToolResult RunWith(string program, string script, params string[] options)
    {
        string folder = Directory.CreateDirectory(Path.Combine(Images.Scratch, "instead")).FullName;
        foreach (string name in program.Split(' '))
        {
            string path = Path.Combine(folder, name);
            File.WriteAllText(path, $"#!/bin/bash\nREAL={Tool.Find(name)}\n{script}\n");
            Tool.Run("chmod", "+x", path).Checked();
        }
        ToolResult result = Tool.Run(
            Script, [Images.Mount, Target, .. options], Limit, environment: new Dictionary<string, string?> { ["PATH"] = $"{folder}:{Environment.GetEnvironmentVariable("PATH")}" });
        Directory.Delete(folder, recursive: true);
        return result;
    }

    /// <summary>A night that must be complete, of the images as they are.</summary>
    public ToolResult Night(params string[] options)
    {
        ToolResult result = Run(options).Checked();
        Save();
        return result;
    }

    /// <summary>Remembers the images as those of the newest night.</summary>
    public void Save() => Tool.Bash($"cp -a --sparse=always {Images.Mount} {saved}/{Nights[^1]}").Checked();

    /// <summary>Remembers the images as those of the night that the last run has completed, or the next one completes before its own.</summary>
    public void SavePending()
    {
        string pending = $"{saved}/pending";
        Tool.Bash($"rm -rf {pending}; cp -a --sparse=always {Images.Mount} {pending}").Checked();
    }

    /// <summary>Every image of every night that is remembered, as qemu-img makes it of the target alone, against what it was; and the script's own check.</summary>
    public void AssertRestores(int nights)
    {
        Assert.Equal(nights, Nights.Count);
        foreach (string night in Nights)
        {
            if (!Directory.Exists($"{saved}/{night}") && Directory.Exists($"{saved}/pending"))
                Directory.Move($"{saved}/pending", $"{saved}/{night}");
            if (!Directory.Exists($"{saved}/{night}"))
                continue;
            Tool.Bash(
                $$"""
                cd {{saved}}/{{night}}
                find . -type f -print0 | while IFS= read -r -d '' f; do
                  q={{Target}}/images/${f#./}@{{night[(night.IndexOf('@') + 1)..]}}.qcow2
                  qemu-img check -q "$q"
                  qemu-img convert -O raw "$q" {{Images.Scratch}}/restored
                  truncate -s "$(stat -c %s "$f")" {{Images.Scratch}}/restored
                  cmp {{Images.Scratch}}/restored "$f"
                done
                """, Limit).Checked();
        }
        Assert.Contains(Nights, n => Directory.Exists($"{saved}/{n}"));
        Tool.Run(Script, ["--check", Target], Limit).Checked();
    }

    /// <summary>Bytes of the night's file of db/disk.img: small if it has only what changed.</summary>
    public long Size(string night) => new FileInfo($"{Target}/images/db/disk.img@{night[(night.IndexOf('@') + 1)..]}.qcow2").Length;

    public void Dispose() => Images.Dispose();
}
