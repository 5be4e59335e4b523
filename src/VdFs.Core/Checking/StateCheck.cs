using System.IO;
using System.Text;
using VdFs.Core.Catalog;
using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Snapshots;
using VdFs.Core.Storage;

namespace VdFs.Core.Checking;

/// <summary>
/// Reads a whole state directory and says in words what is wrong with it: the catalog, every file list, every sector of every change
/// record, every pre-image that a held snapshot needs, and whether they agree with each other and with the images.
/// </summary>
/// <remarks>
/// What must hold: checking changes nothing. <see cref="Repair"/> does what the findings say, never more, and never touches an image. An instance
/// is used once, by one thread; storage, catalog and tree stay the caller's.
/// </remarks>
public sealed partial class StateCheck
{
    private readonly IStorage state;
    private readonly IStorage? preserve;

    /// <summary>Null: it can't be read, which was told.</summary>
    private ICatalog? catalog;

    private readonly IBackingTree backing;
    private readonly CheckOptions options;
    private readonly List<(StateFinding Finding, Func<FsError>? Repair)> findings = [];

    private CatalogContents contents = new([], [], [], 1, true, "", []);
    private readonly Dictionary<ImageId, CheckedImage> images = [];
    private readonly Dictionary<long, string> names = [];
    private long records;
    private long blocks;

    /// <param name="state">The state directory.</param>
    /// <param name="preserve">Where pre-images lie; null: there is no such directory.</param>
    /// <param name="catalog">Null: it can't be opened, which the caller has told by <see cref="CatalogIsUnreadable"/> or will.</param>
    /// <param name="backing">The images.</param>
    /// <param name="options">How to go about it.</param>
    public StateCheck(IStorage state, IStorage? preserve, ICatalog? catalog, IBackingTree backing, CheckOptions options)
    {
        this.state = state;
        this.preserve = preserve;
        this.catalog = catalog;
        this.backing = backing;
        this.options = options;
    }

    /// <summary>The last generation that the catalog has come to.</summary>
    private long Current => contents.NextCut - 1;

    /// <summary>Looks at everything. What a finding's repair would do is done by <see cref="Repair"/> alone.</summary>
    public CheckReport Run()
    {
        CheckCatalog();
        CheckIntents();
        CheckUnrecorded();
        ReadRecordList();
        CheckRecords();
        CheckRecordList();
        CheckStores();
        CheckDeltas();
        CheckImages();
        CheckInodes();
        CheckForeignFiles();
        return Report();
    }

    private CheckReport Report() => new(
        contents.Images.Count, contents.Cuts.Count(c => c.State == CutState.Held), contents.Cuts.Count(c => c.State == CutState.Checkpoint),
        records, blocks, [.. findings.Select(f => f.Finding)]);

    private void Fault(string where, string what, string meaning, string repair = "", Func<FsError>? action = null) =>
        findings.Add((new(true, where, what, meaning, repair), action));

    private void Note(string where, string what, string meaning, string repair = "", Func<FsError>? action = null) =>
        findings.Add((new(false, where, what, meaning, repair), action));

    /// <summary>An image for people: its id, and where the newest cut that has it knew it.</summary>
    private string Name(ImageId id) => images.TryGetValue(id, out CheckedImage? image) && image.Path.Length != 0 ? $"image {id} ({image.Path})" : $"image {id}";

    private string NameOfCut(long cut) => names.TryGetValue(cut, out string? name) ? $"'{name}'" : $"of cut {cut}";

    /// <summary>Names in a folder; none if it isn't there. An error is a finding.</summary>
    private List<string> List(IStorage storage, string folder, string called)
    {
        var found = new List<string>();
        FsError error = storage.List(folder, found);
        if (error is not (FsError.None or FsError.NotFound))
            Fault(called, $"it can't be listed ({error})", "what lies in it is not known, and VdFs will not mount");
        found.Sort(StringComparer.Ordinal);
        return found;
    }

    /// <summary>What is being written may be seen half written: in use, it is looked at three times before it counts.</summary>
    private T Patiently<T>(Func<T> look, Func<T, bool> good)
    {
        T seen = look();
        for (int again = 0; options.Live && again < 3 && !good(seen); again++)
        {
            options.Cancellation.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(50));
            seen = look();
        }
        return seen;
    }

    /// <summary>An image as the catalog and the held snapshots know it.</summary>
    private sealed class CheckedImage(ImageId id)
    {
        public ImageId Id { get; } = id;

        /// <summary>Null: the catalog doesn't know it.</summary>
        public CatalogImage? Row { get; init; }

        /// <summary>Where the newest cut knew it; empty if none did.</summary>
        public string Path { get; set; } = "";

        /// <summary>Cuts of held snapshots that have it and have not lost it, ascending, with its size in bytes at each.</summary>
        public SortedList<long, long> Held { get; } = [];

        /// <summary>Generations whose record lies in the state directory.</summary>
        public SortedSet<long> Recorded { get; } = [];

        /// <summary>Of those, the ones whose sum is believed from here on: nothing else was wrong with them, and nothing is repaired in them.</summary>
        public Dictionary<long, uint> Sums { get; } = [];
    }

    private static string Text(byte[] path) => Encoding.UTF8.GetString(path);
}
