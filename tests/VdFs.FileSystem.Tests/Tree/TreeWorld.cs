using System.IO;
using System.Text;
using VdFs.Core;
using VdFs.Core.Errors;
using VdFs.Core.Storage;
using VdFs.FileSystem.Tree;
using VdFs.Fuse.Backing;
using VdFs.TestKit.Memory;
using VdFs.TestKit.Processes;

namespace VdFs.FileSystem.Tests.Tree;

/// <summary>A tree over a real directory, called directly: no mount, no kernel. State and pre-images lie in memory.</summary>
internal sealed class TreeWorld : IDisposable, IClientCache
{
    private readonly TableSpace nodes = new(320 * 4096);
    private readonly TableSpace handles = new(32 * 4096);
    private readonly TableSpace journal = new(1024 * 64);
    private readonly MemoryStorage state = new();
    private readonly MemoryStorage preserve = new();
    private readonly MemoryCatalog catalog = new();
    private LinuxBackingDirectory? backing;

    public TreeWorld(TreeOptions? options = null)
    {
        Options = (options ?? new TreeOptions()) with { Log = Told.Add };
        Start();
    }

    public TreeOptions Options { get; }

    public string Folder { get; } = Directory.CreateTempSubdirectory("vdfs-tree").FullName;

    /// <summary>What clients could be told only by an error number.</summary>
    public List<string> Told { get; } = [];

    public List<NodeId> Invalidated { get; } = [];

    public Engine Engine { get; private set; } = null!;

    public MountTree Tree { get; private set; } = null!;

    /// <summary>May wait.</summary>
    public OperationContext Context { get; private set; } = null!;

    /// <summary>May not wait.</summary>
    public OperationContext Quick { get; private set; } = null!;

    /// <summary>Another worker on the same tables, state and directory. A clean end comes first if asked for, and then what happens while nothing is mounted.</summary>
    public void Restart(bool clean = false, Action? unmounted = null)
    {
        if (clean)
            Assert.True(Engine.Stop().Succeeded);
        Stop();
        unmounted?.Invoke();
        Start();
    }

    public Entry Lookup(string path)
    {
        Assert.Equal(FsError.None, TryLookup(path, out Entry entry));
        return entry;
    }

    public FsError TryLookup(string path, out Entry entry)
    {
        entry = new Entry { Node = NodeId.Root };
        FsError error = FsError.None;
        foreach (string name in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (error == FsError.None)
                error = Tree.Lookup(Context, entry.Node, Bytes(name), out entry);
        }
        return error;
    }

    /// <summary>Creates a file through the tree and leaves it open.</summary>
    public (NodeId Node, ulong Handle) Create(string name, ReadOnlySpan<byte> content = default)
    {
        Assert.Equal(FsError.None, Tree.Create(Context, NodeId.Root, Bytes(name), 0x1A4, 0, OpenIntent.Read | OpenIntent.Write, out Entry entry, out OpenResult opened));
        Write((entry.Node, opened.Handle), 0, content);
        return (entry.Node, opened.Handle);
    }

    public void Write((NodeId Node, ulong Handle) file, long offset, ReadOnlySpan<byte> data)
    {
        Assert.Equal(FsError.None, Tree.Write(Context, file.Node, file.Handle, offset, data, WriteDurability.None, killPrivileges: false, out int written));
        Assert.Equal(data.Length, written);
    }

    public ulong Open(NodeId node, OpenIntent intent = OpenIntent.Read)
    {
        Assert.Equal(FsError.None, Tree.Open(Context, node, intent, out OpenResult opened));
        return opened.Handle;
    }

    public byte[] Read(NodeId node, ulong handle, int length = 1 << 16)
    {
        byte[] buffer = new byte[length];
        Assert.Equal(FsError.None, Tree.Read(Context, node, handle, 0, buffer, out int read));
        return buffer[..read];
    }

    public byte[] Read(string path)
    {
        NodeId node = Lookup(path).Node;
        ulong handle = Open(node);
        byte[] content = Read(node, handle);
        Tree.Release(Context, node, handle);
        return content;
    }

    public FsError MakeDirectory(NodeId parent, string name) => Tree.MakeDirectory(Context, parent, Bytes(name), 0x1ED, 0, out _);

    public NodeId Snapshots => Lookup(".snapshots").Node;

    /// <summary>All names of a directory, read in answers that hold <paramref name="atOnce"/> entries each.</summary>
    public List<string> List(NodeId directory, int atOnce = int.MaxValue, bool plus = false, Action? between = null)
    {
        Assert.Equal(FsError.None, Tree.OpenDirectory(Context, directory, out OpenResult opened));
        var names = new List<string>();
        ulong offset = 0;
        while (true)
        {
            var sink = new Sink(atOnce);
            Assert.Equal(FsError.None, Tree.ReadDirectory(Context, directory, opened.Handle, offset, plus, sink));
            if (sink.Entries.Count == 0)
                break;
            names.AddRange(sink.Entries.Select(e => e.Name));
            offset = sink.Entries[^1].Next;
            between?.Invoke();
        }
        Tree.ReleaseDirectory(Context, directory, opened.Handle);
        return names;
    }

    public void InvalidateEntry(NodeId parent, ReadOnlySpan<byte> name) => Invalidated.Add(parent);

    public void InvalidateNode(NodeId node) => Invalidated.Add(node);

    public void Dispose()
    {
        Stop();
        nodes.Dispose();
        handles.Dispose();
        journal.Dispose();
        // The framework can't delete names that are not text.
        Tool.Run("rm", ["-rf", "--one-file-system", Folder], TimeSpan.FromSeconds(60)).Checked();
    }

    /// <summary>Change records, and what else is kept of single images.</summary>
    public IReadOnlyList<string> ImageFiles => [.. state.Files.Where(f => f.StartsWith("images/", StringComparison.Ordinal)), .. preserve.Files];

    /// <summary>Length of the list of change records.</summary>
    public long RecordListLength => state["records"].Length;

    /// <summary>Waits for what the engine does on other threads.</summary>
    public static void WaitUntil(Func<bool> condition, string what)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        while (!condition())
        {
            if (clock.Elapsed > TimeSpan.FromSeconds(60))
                throw new TimeoutException(what);
            Thread.Sleep(5);
        }
    }

    /// <summary>Removes the state's files whose path begins so.</summary>
    public void RemoveState(string prefix)
    {
        foreach (string path in state.Files.Where(f => f.StartsWith(prefix, StringComparison.Ordinal)).ToArray())
            Assert.Equal(FsError.None, state.Delete(path));
    }

    public static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private void Start()
    {
        Assert.Equal(FsError.None, LinuxStorage.OpenDescriptor(Folder, create: false, out int folder));
        Assert.Equal(FsError.None, LinuxBackingDirectory.FromDescriptor(folder, Options.Descriptors, out backing));
        Outcome outcome = Engine.Open(state, preserve, catalog, backing!, new EngineOptions { BootId = "boot" }, out Engine? engine);
        Assert.True(outcome.Succeeded, outcome.Message);
        Engine = engine!;
        Assert.Equal(FsError.None, MountTree.Create(Engine, backing!, nodes.Memory, handles.Memory, this, Options with { Journal = new(journal.Memory) }, out MountTree? tree));
        Tree = tree!;
        (Options.Keeper as KeptFiles)?.PassTo(Tree);
        Context = Tree.CreateContext(mayWait: true);
        Quick = Tree.CreateContext(mayWait: false);
    }

    private void Stop()
    {
        Context.Dispose();
        Quick.Dispose();
        Tree.Dispose();
        Engine.Dispose();
        backing!.Dispose();
    }

    private sealed class Sink(int room) : IDirectorySink
    {
        public List<(string Name, ulong Next)> Entries { get; } = [];

        public bool Fits(int nameLength) => Entries.Count < room;

        public void Add(ReadOnlySpan<byte> name, ulong inode, uint mode, ulong next) => Entries.Add((Encoding.UTF8.GetString(name), next));

        public void AddPlus(ReadOnlySpan<byte> name, ulong inode, uint mode, ulong next, in Entry entry) => Add(name, inode, mode, next);
    }
}
