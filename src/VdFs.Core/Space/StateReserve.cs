using VdFs.Core.Images;
using VdFs.Core.Errors;
using VdFs.Core.Storage;

namespace VdFs.Core.Space;

/// <summary>
/// Room in the state directory that is set aside for change records, cut log, intents and catalog: a file that holds nothing of worth. When the
/// filesystem is full, it is cut off piece by piece, and made whole again when there is room.
/// </summary>
/// <remarks>
/// What must hold: the file's bytes were written, so that their room is really taken; and it is never made longer while that would take the last room from others. Given back in pieces,
/// since others who write to the same filesystem may be faster to take what was given back. Safe from any thread.
/// </remarks>
internal sealed class StateReserve : IDisposable
{
    internal const string Path = "reserve";
    private const long Largest = 16L << 20;
    private const long Smallest = 256L << 10;
    private const int PartOfFileSystem = 32;
    private const int Pieces = 16;

    /// <summary>The part that only the catalog may use.</summary>
    private const int CatalogPart = 4;

    /// <summary>The part that no cut may use: without it, no mount could begin or end, no snapshot be released and no loss be told.</summary>
    private const int LastPart = 8;
    private const int Chunk = 256 << 10;

    private readonly IStorage state;
    private readonly IFile file;
    private readonly Action<EngineEvent> log;

    /// <summary>Guards <see cref="held"/> and the file. A leaf.</summary>
    private readonly Lock use = new();
    private long held;
    private bool told;

    private StateReserve(IStorage state, IFile file, long size, long held, Action<EngineEvent> log)
    {
        this.state = state;
        this.file = file;
        this.log = log;
        Size = size;
        this.held = held;
    }

    /// <summary>Bytes that are to be set aside.</summary>
    public long Size { get; }

    /// <summary>Bytes that are set aside now.</summary>
    public long Held
    {
        get
        {
            lock (use)
                return held;
        }
    }

    /// <summary>As much as suits a filesystem: a part of it, 256 KiB to 16 MiB.</summary>
    public static long SizeOn(long total) => Math.Clamp(total / PartOfFileSystem, Smallest, Largest);

    /// <summary>Takes what there is; <see cref="Refill"/> takes what is missing.</summary>
    public static FsError Open(IStorage state, long size, Action<EngineEvent> log, out StateReserve? reserve)
    {
        reserve = null;
        FsError error = state.Open(Path, StorageOpen.OpenOrCreate, out IFile? file);
        if (error != FsError.None)
            return error;
        error = file!.GetLength(out long length);
        if (error == FsError.None)
            reserve = new StateReserve(state, file, size, length, log);
        else
            file.Dispose();
        return error;
    }

    /// <summary>Gives all of it back, without an engine: for the catalog, which may not open without room. False: there was nothing.</summary>
    public static bool GiveAllBack(IStorage state)
    {
        if (state.Open(Path, StorageOpen.Existing, out IFile? file) != FsError.None)
            return false;
        using (file)
            return file!.GetLength(out long length) == FsError.None && length > 0 && file.SetLength(0) == FsError.None;
    }

    /// <summary>Whether only what the catalog needs is left: what others take now, they take from it.</summary>
    public bool IsForCatalog()
    {
        lock (use)
        {
            if (Size == 0 || held > Size / CatalogPart)
                return false;
            Refill();
            return held <= Size / CatalogPart && (state.GetSpace(out long free, out _) != FsError.None || free < Size);
        }
    }

    /// <summary>The filesystem is full: gives a piece back. False: nothing is left for whoever asks.</summary>
    public bool GiveBack(ReserveUse purpose)
    {
        long floor = purpose switch { ReserveUse.Records => Size / CatalogPart, ReserveUse.Cuts => Size / LastPart, _ => 0 };
        lock (use)
        {
            if (held <= floor)
                return false;
            long rest = Math.Max(floor, held - Math.Max(Size / Pieces, Chunk / 4));
            if (file.SetLength(rest) != FsError.None)
                return false;
            held = rest;
            if (!told)
                log(new(true, "the state directory is full: records and catalog now use the room that was set aside for them. Free room there; when it is used up, images that are first written count as changed as a whole, and their held snapshots are lost."));
            told = true;
            return true;
        }
    }

    /// <summary>Sets aside what is missing, if three times as much is free.</summary>
    public void Refill()
    {
        lock (use)
        {
            if (held >= Size || state.GetSpace(out long free, out _) != FsError.None || free < 3 * (Size - held))
                return;
            byte[] noise = new byte[Chunk];
            // A filesystem that compresses must not find anything to compress.
            new Random(1).NextBytes(noise);
            while (held < Size)
            {
                int count = (int)Math.Min(Chunk, Size - held);
                if (file.Write(held, noise.AsSpan(0, count), out _) != FsError.None)
                {
                    _ = file.SetLength(held);
                    return;
                }
                held += count;
            }
            if (told)
                log(new(false, "the state directory has room again, and some is set aside for records and catalog"));
            told = false;
        }
    }

    public void Dispose() => file.Dispose();
}
