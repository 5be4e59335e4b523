using System.IO;
using System.Text;
using VdFs.Backup.Mounts;
using VdFs.Core.Backups;
using VdFs.Core.Deltas;
using VdFs.Core.Errors;
using VdFs.Core.Qcow2;
using VdFs.Core.Snapshots;
using VdFs.TestKit.Mounting;

namespace VdFs.Backup.Tests.Fakes;

/// <summary>
/// A mount in memory whose held snapshots are shown as files in a folder, the way a real mount shows them: views, and the descriptions in <c>A..B</c> and <c>..B</c>.
/// </summary>
internal sealed class FakeMount : IMountService, IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly List<FakeCut> cuts = [];
    private DateTimeOffset last = DateTimeOffset.UnixEpoch;
    private int generation = 1;
    private int nextImage = 1;

    public string StateId { get; init; } = "0123456789abcdef0123456789abcdef";

    public string MountPoint => folder.Path;

    /// <summary>By path.</summary>
    public SortedDictionary<string, FakeImage> Images { get; } = new(StringComparer.Ordinal);

    /// <summary>Symbolic links: path and target.</summary>
    public Dictionary<string, string> Links { get; } = [];

    public List<string> Broken { get; } = [];

    public Dictionary<string, string> Bases { get; } = [];

    /// <summary>Which repository a cut was made for, by its id.</summary>
    private readonly Dictionary<string, string> madeFor = [];

    public int Generation => generation;

    public IEnumerable<MountCut> Held => cuts.Select(c => c.Cut).Where(c => c.Held);

    /// <summary>The wall clock, with the host's offset from UTC.</summary>
    public DateTimeOffset Clock { get; set; } = new(2026, 11, 22, 3, 15, 0, TimeSpan.Zero);

    /// <summary>How far the clock goes on with each cut.</summary>
    public TimeSpan Step { get; set; } = TimeSpan.FromDays(1);

    /// <summary>Told when a snapshot is there; may throw, or change files.</summary>
    public Action<MountCut>? OnBegun { get; set; }

    public FakeImage Add(string path)
    {
        var image = new FakeImage { Number = nextImage++, KnownSince = generation };
        Images[path] = image;
        return image;
    }

    public void Write(string path, long offset, ReadOnlySpan<byte> data) => Images[path].Write(offset, data, generation);

    /// <summary>As a real one forgets checkpoints.</summary>
    public void Forget(string cutId) => cuts.RemoveAll(c => c.Cut.CutId == cutId && !c.Cut.Held);

    public Task<IReadOnlyList<MountCut>> ListAsync(CancellationToken cancellation) => Task.FromResult<IReadOnlyList<MountCut>>([.. cuts.Select(c => c.Cut)]);

    public Task<ILeasedCut> BeginAsync(BackupStart start, CancellationToken cancellation)
    {
        string name = start.Name;
        cancellation.ThrowIfCancellationRequested();
        for (int i = 0; i < cuts.Count; i++)
        {
            if (cuts[i].Cut.Name == name && cuts[i].Cut.Held)
                throw new BackupException(FsError.AlreadyExists, $"a snapshot {name} is held");
            if (cuts[i].Cut.Name == name)
                cuts[i] = cuts[i] with { Cut = cuts[i].Cut with { Name = $"{name}~{generation}" } };
        }
        Settle(start.Repository, start.LastBackup);
        Clock += Step;
        last = Clock > last ? Clock.ToUniversalTime() : last.AddMilliseconds(1);
        generation++;
        var selection = start.Patterns.Count > 0 ? new ImageSelection(start.Patterns) : null;
        var images = new SortedDictionary<string, FakeImage>(StringComparer.Ordinal);
        foreach (var (path, image) in Images)
        {
            if (selection?.Takes(Encoding.UTF8.GetBytes(path)) != false)
                images[path] = image.Copy();
        }
        var cut = new FakeCut(new(name, Guid.NewGuid().ToString("N"), last, true) { Clock = Clock }, generation, images);
        Show(cut);
        cuts.Add(cut);
        madeFor[cut.Cut.CutId] = start.Repository;
        OnBegun?.Invoke(cut.Cut);
        return Task.FromResult<ILeasedCut>(new FakeLease(this, cut.Cut));
    }

    public Task CompleteAsync(string repository, string cutId, CancellationToken cancellation)
    {
        Bases[repository] = cutId;
        Release(cutId);
        Settle(repository, cutId);
        return Task.CompletedTask;
    }

    public Task BreakLineageAsync(string image, string reason, CancellationToken cancellation)
    {
        Broken.Add(image);
        foreach (var one in Images.Values.Where(i => $"{StateId}-{i.Number}" == image))
        {
            one.KnownSince = generation + 1;
            one.Broken = reason;
        }
        return Task.CompletedTask;
    }

    public void Release(string cutId)
    {
        int at = cuts.FindIndex(c => c.Cut.CutId == cutId && c.Cut.Held);
        if (at < 0)
            return;
        string name = cuts[at].Cut.Name;
        cuts[at] = cuts[at] with { Cut = cuts[at].Cut with { Held = false } };
        foreach (string shown in Directory.GetDirectories(Path.Combine(MountPoint, ".snapshots")))
        {
            if (Path.GetFileName(shown) == name || shown.EndsWith(".." + name, StringComparison.Ordinal))
                Directory.Delete(shown, recursive: true);
        }
    }

    public void Dispose() => folder.Dispose();

    /// <summary>As the engine does: of what was cut for a repository only its newest complete backup stays.</summary>
    private void Settle(string repository, string? complete) =>
        cuts.RemoveAll(c => !c.Cut.Held && c.Cut.CutId != complete && madeFor.GetValueOrDefault(c.Cut.CutId) == repository);

    private void Show(FakeCut cut)
    {
        string snapshots = Path.Combine(MountPoint, ".snapshots");
        string view = Path.Combine(snapshots, cut.Cut.Name);
        Directory.CreateDirectory(view);
        foreach (var (path, image) in cut.Images)
        {
            string file = Path.Combine(view, path);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            using (var stream = new FileStream(file, FileMode.CreateNew))
            {
                stream.SetLength(image.Content.Length);
                for (long block = 0; block * FakeImage.Block < image.Content.Length; block++)
                {
                    if (image.Holes.Contains(block))
                        continue;
                    int start = (int)(block * FakeImage.Block);
                    stream.Position = start;
                    stream.Write(image.Content.AsSpan(start, Math.Min(FakeImage.Block, image.Content.Length - start)));
                }
            }
            Describe(Path.Combine(snapshots, $"..{cut.Cut.Name}"), path, image, cut, null);
            foreach (var from in cuts)
                Describe(Path.Combine(snapshots, $"{from.Cut.Name}..{cut.Cut.Name}"), path, image, cut, from);
        }
        foreach (var (path, target) in Links)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(view, path))!);
            File.CreateSymbolicLink(Path.Combine(view, path), target);
        }
    }

    private void Describe(string place, string path, FakeImage image, FakeCut to, FakeCut? from)
    {
        string? former = from?.Images.Where(i => i.Value.Number == image.Number).Select(i => i.Key).FirstOrDefault();
        string reason = from is null ? "" : former is null ? "it is new since then" : image.KnownSince > from.Generation ? image.Broken : "";
        bool full = from is null || reason.Length > 0;
        var blocks = full ? Enumerable.Range(0, (image.Content.Length + FakeImage.Block - 1) / FakeImage.Block).Select(b => (long)b) : image.ChangedSince(from!.Generation);
        var lists = blocks.ToLookup(image.Holes.Contains);
        string folderName = Path.GetDirectoryName(Path.Combine(place, path))!;
        Directory.CreateDirectory(folderName);
        byte[] name = Encoding.UTF8.GetBytes(Path.GetFileName(path));
        var description = new DeltaDescription
        {
            Path = Encoding.UTF8.GetBytes(path),
            Image = $"{StateId}-{image.Number}",
            File = Qcow2Names.Image(name, to.Cut.Time),
            Size = image.Content.Length,
            From = from is null ? null : new(from.Cut.CutId, from.Cut.Time, from.Cut.Name),
            To = new(to.Cut.CutId, to.Cut.Time, to.Cut.Name),
            Full = full,
            Reason = reason,
            Extents = Extents(lists[false], image.Content.Length),
            Zeros = full ? [] : Extents(lists[true], image.Content.Length),
        };
        File.WriteAllBytes(Path.Combine(folderName, Encoding.UTF8.GetString(Qcow2Names.Json(name, to.Cut.Time))), description.Write());
    }

    private static List<Extent> Extents(IEnumerable<long> blocks, long size)
    {
        var extents = new List<Extent>();
        foreach (long block in blocks)
        {
            long start = block * FakeImage.Block;
            long length = Math.Min(FakeImage.Block, size - start);
            if (extents.Count > 0 && extents[^1].Start + extents[^1].Length == start)
                extents[^1] = extents[^1] with { Length = extents[^1].Length + length };
            else
                extents.Add(new(start, length));
        }
        return extents;
    }
}
