using System.Collections.Concurrent;
using VdFs.Core.Backups;
using VdFs.Core.Images;
using VdFs.Core.Inodes;
using VdFs.Core.Storage;

namespace VdFs.Core.Snapshots;

/// <summary>A cut with a name: held, it is a snapshot and has a view; released, a checkpoint.</summary>
public sealed class Snapshot
{
    private readonly ConcurrentDictionary<ImageId, string> losses = new();

    /// <summary>Images with places that could not be served when they were read; the others can.</summary>
    private readonly ConcurrentDictionary<ImageId, string> damages = new();
    private readonly Func<FileList> loadFiles;

    /// <summary>Guards the reading of the file list.</summary>
    private readonly Lock loading = new();

    /// <summary>For a checkpoint, whose list is asked for seldom: it stays only for as long as there is room.</summary>
    private readonly WeakReference<FileList?> lastFiles = new(null);

    private volatile FileList? files;
    private volatile ViewInodes? inodes;
    private volatile bool held;
    private volatile string name;
    private volatile BackupState backup;

    internal Snapshot(long number, byte[] cutId, DateTimeOffset time, string name, bool held, int images, long bytes, Func<FileList> loadFiles)
    {
        Number = number;
        CutId = cutId;
        Time = time;
        Images = images;
        Bytes = bytes;
        this.name = name;
        this.held = held;
        this.loadFiles = loadFiles;
    }

    /// <summary>The generation that its cut opened.</summary>
    public long Number { get; }

    public byte[] CutId { get; }

    /// <summary>Its own time: unique to the millisecond, later than that of every cut before it.</summary>
    public DateTimeOffset Time { get; }

    /// <summary>What the wall clock said, with the host's offset from UTC; null: not known.</summary>
    public DateTimeOffset? Clock { get; internal init; }

    /// <summary>What was noticed when it was cut, for the one who asked for it; empty: nothing, or it was cut before this mount.</summary>
    internal string Warning { get; set; } = "";

    public int Images { get; private set; }

    /// <summary>Sizes of the images together.</summary>
    public long Bytes { get; private set; }

    /// <summary>Id of the repository that it was cut for; empty: for none.</summary>
    public string Repository { get; internal init; } = "";

    /// <summary>What it is to that repository.</summary>
    public BackupState Backup
    {
        get => backup;
        internal set => backup = value;
    }

    public string Name
    {
        get => name;
        internal set => name = value;
    }

    /// <summary>False from the moment of its release on: what was read before this was looked at must not be answered.</summary>
    public bool Held
    {
        get => held;
        internal set
        {
            held = value;
            lock (loading)
                (files, inodes) = value ? (files, inodes) : (null, null);
        }
    }

    /// <summary>Its inode numbers; null once it is released, and for a checkpoint, whose catalog entry has them.</summary>
    public ViewInodes? Inodes
    {
        get => inodes;
        internal set => (inodes, InodeFamily, FolderInode) = (value, value?.Family ?? InodeFamily, value?.Folder ?? FolderInode);
    }

    /// <summary>Which cuts its numbers come from (<see cref="ViewInodes.Family"/>); 0: it has none yet.</summary>
    internal long InodeFamily { get; set; }

    /// <summary>Inode number of its folder in `.checkpoints`.</summary>
    public uint FolderInode { get; internal set; }

    /// <summary>Its names. Stay in memory while it is held; a checkpoint's are read from the catalog when asked for.</summary>
    /// <exception cref="Catalog.CatalogException">The catalog can't be read.</exception>
    /// <exception cref="System.IO.InvalidDataException">The list is damaged.</exception>
    public FileList Files => files ?? ReadFiles();

    /// <summary>Its names are known now: before it is shown to anybody.</summary>
    internal void List(FileList list)
    {
        Images = list.Images.Count();
        Bytes = list.Images.Total(i => i.Attributes.Size);
        files = list;
    }

    /// <summary>Why an image (or everything) in it can't be served any more; null if it can.</summary>
    public string? LossOf(ImageId image)
    {
        if (losses.IsEmpty)
            return null;
        return losses.TryGetValue(ImageId.None, out string? all) || losses.TryGetValue(image, out all) ? all : null;
    }

    private string Word => Images == 1 ? "image" : "images";

    /// <summary>"whole", "lost: reason", or "part lost: images and the first one's reason"; "damaged: " likewise, if only some places of them can't be served.</summary>
    public string State
    {
        get
        {
            if (losses.IsEmpty)
                return damages.IsEmpty ? "whole" : $"damaged: {damages.Count} of {Images} {Word}, {damages.First().Value}";
            if (losses.TryGetValue(ImageId.None, out string? all))
                return "lost: " + all;
            return losses.Count >= Images ? "lost: " + losses.First().Value : $"part lost: {losses.Count} of {Images} {Word}, {losses.First().Value}";
        }
    }

    /// <summary>Why some places of an image's view gave an I/O error; null if none did so far.</summary>
    public string? DamageOf(ImageId image) => damages.IsEmpty ? null : damages.GetValueOrDefault(image);

    /// <summary>True if this damage is news.</summary>
    internal bool Damage(ImageId image, string reason) => damages.TryAdd(image, reason);

    /// <summary>True if this loss is news.</summary>
    internal bool Lose(ImageId image, string reason) => losses.TryAdd(image, reason);

    private FileList ReadFiles()
    {
        lock (loading)
        {
            if (files is { } there || lastFiles.TryGetTarget(out there))
                return there;
            FileList read = loadFiles();
            lastFiles.SetTarget(read);
            if (held)
                files = read;
            return read;
        }
    }
}
