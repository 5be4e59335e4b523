using System.IO;
using System.Text.Json;

namespace VdFs.Mounted.Tests.Backups;

/// <summary>A mount, a repository, and what every backup has to restore to: checksums of its view, taken while the snapshot was held.</summary>
internal sealed class RepositoryWorld : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(180);
    private readonly TemporaryFolder work = new();
    private readonly Dictionary<string, string> sums = [];
    private readonly SmallDisk? disk;
    private int taken;

    /// <param name="diskMebibytes">Size of a disk that the repository has for itself; null: it lies in the temporary folder.</param>
    public RepositoryWorld(int? diskMebibytes = null)
    {
        Disk = work.Folder("disk");
        disk = diskMebibytes is { } size ? new SmallDisk(Disk, size) : null;
        Images = new MountedImages();
    }

    public MountedImages Images { get; }

    public string Repository => Path.Combine(Disk, "repository");

    private string Disk { get; }

    /// <summary>Backups that are there, oldest first.</summary>
    public IReadOnlyList<string> Backups => [.. Json("list", Repository).EnumerateArray().Select(b => b.GetProperty("backup").GetString()!)];

    /// <summary>Whether it was taken by <see cref="BackUp"/>, which noted what it has to restore to.</summary>
    public bool Knows(string backup) => sums.ContainsKey(backup);

    /// <summary>A folder of the test's own.</summary>
    public string Folder(string name) => work.Folder(name);

    /// <summary>Takes a backup, which must succeed, and notes what its view held.</summary>
    public JsonElement BackUp(params string[] options)
    {
        string view = Path.Combine(work.Path, $"view-{++taken}");
        string[] first = Directory.Exists(Repository) ? [] : ["--init"];
        JsonElement answer = Json(["backup", Images.Mount, Repository, "--after", Describe(view), "--command-timeout", "120", .. first, .. options]);
        sums[answer.GetProperty("backup").GetString()!] = view;
        return answer;
    }

    /// <summary>What a backup says of an image.</summary>
    public static JsonElement ImageOf(JsonElement answer, string path) =>
        answer.GetProperty("images").EnumerateArray().Single(i => i.GetProperty("path").GetString() == path);

    /// <summary>Restores backups, by default each that is there, and compares them with what their views held.</summary>
    public void RestoresAll(IReadOnlyList<string>? backups = null)
    {
        foreach (string backup in backups ?? Backups)
        {
            string to = Path.Combine(work.Path, "restored");
            VdfsCommand.Run(Limit, ["restore", $"{Repository}@{backup}", to]).Checked();
            Tool.Bash($"cd '{to}'; find . -type f -print0 | sort -z | xargs -0r sha256sum | diff - '{sums[backup]}'", Limit).Checked();
            Directory.Delete(to, recursive: true);
        }
    }

    /// <summary>Takes all room on the repository's disk but so many bytes; null: gives it back.</summary>
    public void FillUpTo(long? left)
    {
        string ballast = Path.Combine(Disk, "ballast");
        File.Delete(ballast);
        if (left is not { } bytes)
            return;
        long free = new DriveInfo(Disk).AvailableFreeSpace;
        if (free > bytes)
            Tool.Run("fallocate", "-l", (free - bytes).ToString(System.Globalization.CultureInfo.InvariantCulture), ballast).Checked();
    }

    public void Verify() => VdfsCommand.Run(Limit, ["verify", Repository]).Checked();

    /// <summary>Files of the repository that no backup needs, and what is still held for backups in the mount.</summary>
    public void LeavesNothing()
    {
        JsonElement snapshots = Json("snapshot", "list", Images.Mount);
        Assert.DoesNotContain(snapshots.EnumerateArray(), s => s.GetProperty("held").GetBoolean());
        Assert.Single(snapshots.EnumerateArray(), s => s.GetProperty("repository").GetString()!.Length > 0);
        HashSet<string> needed = [];
        foreach (string backup in Backups)
        {
            foreach (JsonElement image in Json("list", $"{Repository}@{backup}").EnumerateArray())
                AddChain(Path.Combine(Repository, image.GetProperty("file").GetString()!), needed);
        }
        Assert.Equal(needed.Order(), Directory.GetFiles(Repository, "*.qcow2", SearchOption.AllDirectories).Order());
    }

    public JsonElement Json(params string[] arguments)
    {
        ToolResult result = VdfsCommand.Run(Limit, [.. arguments, "--json"]).Checked();
        // One value, whatever the commands around the cut say.
        return JsonDocument.Parse(result.Output).RootElement;
    }

    public void Dispose()
    {
        Images.Dispose();
        disk?.Dispose();
        work.Dispose();
    }

    /// <summary>For `--after`: runs while the snapshot is held.</summary>
    private static string Describe(string to) =>
        $"echo The snapshot is held.; cd \"$VDFS_MOUNT/.snapshots/$VDFS_SNAPSHOT\" && find . -type f -print0 | sort -z | xargs -0r sha256sum > '{to}'";

    private static void AddChain(string file, HashSet<string> needed)
    {
        for (string? at = file; at is not null && needed.Add(at);)
        {
            JsonElement info = JsonDocument.Parse(Tool.Run("qemu-img", "info", "--output=json", at).Checked().Output).RootElement;
            at = info.TryGetProperty("full-backing-filename", out JsonElement backing) ? Path.GetFullPath(backing.GetString()!) : null;
        }
    }
}
