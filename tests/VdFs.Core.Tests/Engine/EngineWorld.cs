using VdFs.Core.Catalog;
using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Snapshots;
using VdFs.Core.Storage;
using VdFs.TestKit.Memory;

namespace VdFs.Core.Tests.Engine;

/// <summary>An engine on memory, driven as the tree drives it.</summary>
internal sealed class EngineWorld : IDisposable
{
    private readonly Dictionary<string, (Image Image, MemoryFile File)> open = [];

    public EngineWorld(EngineOptions? options = null)
    {
        Options = (options ?? new EngineOptions()) with { BootId = "boot", Log = e => Events.Add(e) };
        Start();
    }

    public EngineOptions Options { get; set; }

    public MemoryStorage State { get; } = new();

    public MemoryStorage Preserve { get; } = new();

    public MemoryTree Tree { get; } = new();

    public MemoryCatalog Catalog { get; set; } = new();

    public List<EngineEvent> Events { get; } = [];

    public VdFs.Core.Engine Engine { get; private set; } = null!;

    public Worker Worker { get; private set; } = null!;

    /// <summary>A new worker process on what the last one left; a clean one stopped the engine first.</summary>
    public void Restart(bool clean)
    {
        if (clean)
            Assert.True(Engine.Stop().Succeeded);
        Close();
        Start();
    }

    public void Create(string name)
    {
        MemoryFile file = Tree.Create(name);
        open[name] = (Engine.Images.Add(Tree.KeyOf(name), Tree.IdentityOf(name)), file);
    }

    public (Image Image, MemoryFile File) Open(string name)
    {
        if (!open.TryGetValue(name, out (Image Image, MemoryFile File) opened))
            open[name] = opened = (Engine.Images.Add(Tree.KeyOf(name), Tree.IdentityOf(name)), Tree.Open(name));
        return opened;
    }

    public void Write(string name, long offset, ReadOnlySpan<byte> data)
    {
        (Image image, MemoryFile file) = Open(name);
        Assert.Equal(FsError.None, image.Write(Worker, file, offset, data, WriteDurability.None, out int written));
        Assert.Equal(data.Length, written);
    }

    public void SetLength(string name, long length)
    {
        (Image image, MemoryFile file) = Open(name);
        Assert.Equal(FsError.None, image.SetLength(Worker, file, length));
    }

    public void Allocate(string name, AllocateMode mode, long offset, long length)
    {
        (Image image, MemoryFile file) = Open(name);
        Assert.Equal(FsError.None, image.Allocate(Worker, file, mode, offset, length));
    }

    public void Delete(string name)
    {
        (Image image, _) = Open(name);
        open.Remove(name);
        if (image.IsHeld)
        {
            image.MarkRetained();
            Tree.Delete(name, image.Id);
        }
        else
        {
            Tree.Delete(name, ImageId.None);
        }
    }

    public void Rename(string from, string to)
    {
        (Image Image, MemoryFile File) moved = Open(from);
        if (Tree.Names.Contains(to))
            Delete(to);
        Tree.Rename(from, to);
        open.Remove(from);
        open[to] = moved;
    }

    public void Cut(string name, params string[] patterns)
    {
        Outcome outcome = Engine.Create(name, patterns, out _);
        Assert.True(outcome.Succeeded, outcome.Message);
    }

    public void Release(string name)
    {
        Outcome outcome = Engine.Release(name);
        Assert.True(outcome.Succeeded, outcome.Message);
    }

    /// <summary>What a snapshot's view of an image reads as, whole, in reads of one size.</summary>
    public byte[] View(string snapshot, string name, int step = 65536)
    {
        Assert.Equal(FsError.None, TryView(snapshot, name, step, out byte[] content));
        return content;
    }

    public FsError TryView(string snapshotName, string name, int step, out byte[] content)
    {
        Snapshot snapshot = Engine.Snapshots.FindHeld(snapshotName)!;
        FileListEntry entry = snapshot.Files.FindPath(System.Text.Encoding.UTF8.GetBytes(name))!;
        content = new byte[entry.Attributes.Size];
        if (snapshot.LossOf(entry.Image) is not null)
            return FsError.Io;
        Image image = Engine.Images.Find(entry.Image)!;
        FsError error = Tree.OpenImage(image.Id, image.Identity, [], out IBackingFile? file);
        for (int at = 0; error == FsError.None && at < content.Length; at += step)
        {
            int length = Math.Min(step, content.Length - at);
            error = image.ReadView(Worker, snapshot.Number, content.Length, file!, at, content.AsSpan(at, length), out int read);
            if (error == FsError.None)
                Assert.Equal(length, read);
        }
        return error;
    }

    public byte[] Content(string name)
    {
        MemoryFile file = Tree.Open(name);
        byte[] content = new byte[file.Length];
        Assert.Equal(FsError.None, file.Read(0, content, out _));
        return content;
    }

    public ChangeReport Changes(string name, string from, string? to = null)
    {
        Outcome outcome = Engine.Changes(name, from, to, out ChangeReport? report);
        Assert.True(outcome.Succeeded, outcome.Message);
        return report!;
    }

    public void Dispose() => Close();

    private void Start()
    {
        Outcome outcome = VdFs.Core.Engine.Open(State, Preserve, Catalog, Tree, Options, out VdFs.Core.Engine? engine);
        Assert.True(outcome.Succeeded, outcome.Message);
        Engine = engine!;
        Worker = new Worker(Engine.Gate, mayWait: true);
        foreach (string name in open.Keys.ToArray())
            open.Remove(name);
    }

    private void Close()
    {
        Worker.Dispose();
        Engine.Dispose();
    }
}
