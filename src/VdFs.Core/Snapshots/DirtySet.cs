using VdFs.Core.Storage;

namespace VdFs.Core.Snapshots;

/// <summary>
/// Files and folders that changed while a cut scans the tree: what it has to look at again with the gate closed. Between scans nothing is
/// kept, and noting costs one comparison.
/// </summary>
/// <remarks>
/// What must hold: whatever changes after a scan looked at it is in the set when the gate has closed. Changes are noted inside the gate,
/// before they are made; <see cref="Begin"/> is followed by <see cref="Gate.Quiesce"/>, so that none that missed it is still under way
/// when the scan begins.
/// </remarks>
public sealed class DirtySet
{
    private readonly Lock keysLock = new();
    private readonly HashSet<FileKey> keys = [];
    private long scan;

    /// <summary>Odd while a scan is under way; a value that an image noted itself under need not be noted again.</summary>
    internal long Scan => Volatile.Read(ref scan);

    internal void Begin()
    {
        lock (keysLock)
        {
            keys.Clear();
            Volatile.Write(ref scan, scan + 1 + (scan & 1));
        }
    }

    /// <summary>Ends the scan and hands over what was noted. Fine if it was ended already: a cut that fails at any step calls this once more.</summary>
    internal FileKey[] End()
    {
        lock (keysLock)
        {
            FileKey[] noted = [.. keys];
            keys.Clear();
            Volatile.Write(ref scan, scan + (scan & 1));
            return noted;
        }
    }

    /// <summary>A folder whose names change, or a file whose attributes do. To be called inside the gate.</summary>
    public void Note(FileKey key)
    {
        if ((Scan & 1) == 0)
            return;
        lock (keysLock)
        {
            if ((scan & 1) != 0)
                keys.Add(key);
        }
    }
}
