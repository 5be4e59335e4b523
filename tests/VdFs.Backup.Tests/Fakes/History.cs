using VdFs.Backup.Paths;
using VdFs.Backup.Pruning;
using VdFs.Backup.Repositories;
using VdFs.Core.Qcow2;
using VdFs.Core.Snapshots;

namespace VdFs.Backup.Tests.Fakes;

/// <summary>Manifests of a mount whose images come, go and get other names, without any file; and what was true at each cut.</summary>
internal sealed class History
{
    private static readonly EntryAttributes Attributes = new(0x180, 0, 0, 0, 0);

    private readonly Dictionary<string, string> names = new(StringComparer.Ordinal);
    private int next = 1;
    private DateTimeOffset last = DateTimeOffset.UnixEpoch;

    public List<BackupManifest> Made { get; } = [];

    /// <summary>For each backup the images that its cut had, by id.</summary>
    public List<HashSet<string>> Existed { get; } = [];

    /// <summary>Files that aren't there any more.</summary>
    public HashSet<RelativePath> Damaged { get; } = [];

    public string Host { get; set; } = "here";

    public string State { get; set; } = new('5', 32);

    public IEnumerable<string> Paths => names.Keys;

    public void Born(params string[] paths)
    {
        foreach (string path in paths)
            names[path] = $"{State}-{next++}";
    }

    public void Deleted(string path) => names.Remove(path);

    public void Renamed(string from, string to)
    {
        names[to] = names[from];
        names.Remove(from);
    }

    /// <param name="clock">What the wall clock says.</param>
    /// <param name="only">Patterns; none: all images.</param>
    /// <param name="missing">Paths of images that can't be read.</param>
    /// <param name="known">Whether it is known which images those are.</param>
    public BackupManifest Backup(DateTimeOffset clock, string[]? only = null, string[]? missing = null, bool known = true)
    {
        last = clock > last ? clock.ToUniversalTime() : last.AddMilliseconds(1);
        var selection = only is null ? null : new ImageSelection(only);
        var taken = names.Where(n => selection?.Takes(RelativePath.Parse(n.Key).Bytes) != false).ToList();
        var images = taken.Where(n => missing?.Contains(n.Key) != true).Select(n => new BackupImage(
            RelativePath.Parse(n.Key), n.Value, 1, Attributes, BackupWay.Full, "", 1, RelativePath.Parse($"images/{n.Key}@{Qcow2Names.Time(last)}.qcow2"), "c"));
        var lost = taken.Where(n => missing?.Contains(n.Key) == true).Select(n => new MissingImage(RelativePath.Parse(n.Key), "lost") { Image = known ? n.Value : null });
        var manifest = new BackupManifest("", 1, "", Made.Count + 1, last, "name", "", State, Host, "/m", "crash", only ?? [], [.. images], [], [], [.. lost]) { Clock = clock };
        Made.Add(manifest);
        Existed.Add([.. names.Values]);
        return manifest;
    }

    public IReadOnlyList<string> Apply(KeepPolicy policy) => new Retention(policy, Made, i => !Damaged.Contains(i.File)).Apply();

    /// <summary>Numbers of the backups that stay, from 0 on.</summary>
    public IEnumerable<int> Kept(KeepPolicy policy) => Apply(policy).Index().Where(r => r.Item.Length > 0).Select(r => r.Index);
}
