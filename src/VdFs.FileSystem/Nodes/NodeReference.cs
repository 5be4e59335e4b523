using VdFs.Core.Storage;
using VdFs.FileSystem.Backing;

namespace VdFs.FileSystem.Nodes;

/// <summary>
/// An open reference of a node, as the node table has it: there while operations use it, closed when it is idle and others are needed more. A node whose reference was closed gets another when it
/// is asked for.
/// </summary>
internal sealed class NodeReference(NodeTable table, uint place, BackingRef reference) : IIdle, IPinned
{
    private UseCount uses;
    private long held = reference.Value;

    public uint Place => place;

    public BackingRef Reference => new(Volatile.Read(ref held));

    public uint Uses => uses.Uses;

    public bool IsOpen => uses.IsOpen;

    public int PoolPlace { get; set; }

    /// <summary>The reference stays open until <see cref="Exit"/>. False: it is closed, and there is nothing to exit.</summary>
    public bool TryEnter()
    {
        if (uses.TryEnter(out bool release))
            return true;
        if (release)
            Release();
        return false;
    }

    public void Exit()
    {
        if (uses.Exit())
            Release();
    }

    public bool TryRest() => table.TryRest(this);

    /// <summary>For good, if nobody uses it.</summary>
    public bool TryClose() => uses.TryClose();

    /// <summary>For good; operations that use it end first.</summary>
    public void Close()
    {
        if (uses.Close())
            Release();
    }

    /// <summary>Under no lock: of a deleted file, this may be what gives its room back, however long that takes.</summary>
    public void Release()
    {
        long mine = Interlocked.Exchange(ref held, BackingRef.None.Value);
        if (mine >= 0)
            table.CloseReference(new BackingRef(mine));
    }
}
