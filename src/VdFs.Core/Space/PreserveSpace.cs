using System.Runtime.InteropServices;
using VdFs.Core.Storage;

namespace VdFs.Core.Space;

/// <summary>
/// What the preserve store holds and may hold: pre-images by the bytes that they take, and images that lost their name and are kept for snapshots. Two
/// bounds count: the fixed limit, if there is one, and the filesystem, on which some room always stays free for others.
/// </summary>
/// <remarks>
/// What must hold: whatever is preserved was taken before it was written, so that <c>used</c> is never below what the stores hold; and no take succeeds
/// that would bring it above the bounds as they were last looked at. Safe from any thread. The usual case is one addition and one comparison with
/// <c>asked</c>, the mark up to which nobody needs to look.
/// </remarks>
internal sealed class PreserveSpace
{
    /// <summary>Free bytes that stay on the filesystem of the store: the smaller of this and <see cref="KeptPart"/> of it.</summary>
    private const long KeptFree = 1L << 30;
    private const int KeptPart = 50;

    /// <summary>Least bytes after which the filesystem is looked at again; then half of what is left.</summary>
    private const long LookAfter = 1 << 20;

    private static readonly int[] Levels = [80, 95];

    private readonly IStorage preserve;
    private readonly Action<EngineEvent> log;

    /// <summary>Guards the looking: bounds, notices. A leaf.</summary>
    private readonly Lock looking = new();
    private readonly Counters counters = new();
    private SpaceLimit limit;
    private int told;
    private volatile bool full;

    public PreserveSpace(IStorage preserve, SpaceLimit limit, Action<EngineEvent> log)
    {
        this.preserve = preserve;
        this.limit = limit;
        this.log = log;
    }

    public long Used => Interlocked.Read(ref counters.Used);

    /// <summary>How often room was made; who found none compares.</summary>
    public long Rounds => Interlocked.Read(ref counters.Rounds);

    /// <summary>Said with the warnings: what happens when it is full.</summary>
    public Func<string> Consequence { get; set; } = static () => "";

    /// <summary>Called when there may be room for those who found none.</summary>
    public Action RoomMade { get; set; } = static () => { };

    public SpaceLimit Limit
    {
        get
        {
            lock (looking)
                return limit;
        }

        set
        {
            lock (looking)
                limit = value;
            MadeRoom();
        }
    }

    /// <summary>Takes room; false, and nothing taken, if there isn't as much.</summary>
    public bool TryTake(long bytes) =>
        Interlocked.Add(ref counters.Used, bytes) <= Volatile.Read(ref counters.Asked) || TakeAfterLooking(bytes);

    /// <summary>
    /// Takes room for what lies elsewhere than the pre-images: only the fixed limit counts. False, and nothing taken, if there isn't as much.
    /// </summary>
    public bool TryTakeOutside(long bytes)
    {
        lock (looking)
        {
            long total = 0;
            if (limit.Percent != 0 && preserve.GetSpace(out _, out total) != Errors.FsError.None)
                return false;
            if (Used + bytes > limit.On(total))
                return false;
            Count(bytes);
            Interlocked.Exchange(ref counters.Asked, 0);
            return true;
        }
    }

    /// <summary>Counts what is there already, whatever the bounds.</summary>
    public void Count(long bytes) => Interlocked.Add(ref counters.Used, bytes);

    /// <summary>Gives back what was taken and not used.</summary>
    public void Return(long bytes) => Interlocked.Add(ref counters.Used, -bytes);

    /// <summary>A write found the device full though there should have been room: others wrote there.</summary>
    public void FoundFull() => Interlocked.Exchange(ref counters.Asked, 0);

    /// <summary>Something was given back, or the bounds changed: whoever waits may try again.</summary>
    public void MadeRoom()
    {
        full = false;
        Interlocked.Exchange(ref counters.Asked, 0);
        Interlocked.Increment(ref counters.Rounds);
        RoomMade();
    }

    /// <summary>Looks at the filesystem, which others use too, and tells what is to be told.</summary>
    public void Look()
    {
        lock (looking)
        {
            long used = Used;
            long ceiling = Ceiling(used);
            Tell(used, ceiling);
            // Near the bound, one finds room and the next doesn't: that is one and the same fullness.
            if (PercentOf(used, ceiling) < Levels[1] - 5)
                full = false;
        }
    }

    /// <summary>Used, bound as things are, percent.</summary>
    public (long Used, long Limit, int Percent, bool Full) Describe()
    {
        lock (looking)
        {
            long used = Used;
            long ceiling = Ceiling(used);
            return (used, ceiling, PercentOf(used, ceiling), full);
        }
    }

    /// <summary>Somebody found no room: the first time since there was some, it is told.</summary>
    public void TellFull(string consequence)
    {
        lock (looking)
        {
            if (full)
                return;
            full = true;
            long used = Used;
            log(new(true, $"the preserve store is full: it holds {Bytes(used)} and may hold {Bytes(Ceiling(used))}; {consequence}. Release a snapshot, raise the limit (vdfs set MOUNTPOINT --preserve-limit SIZE), or free room where pre-images lie."));
        }
    }

    private bool TakeAfterLooking(long bytes)
    {
        lock (looking)
        {
            long used = Used;
            long before = used - bytes;
            long ceiling = Ceiling(before);
            if (used > ceiling)
            {
                Return(bytes);
                Tell(before, ceiling);
                return false;
            }
            Tell(used, ceiling);
            long next = used + Math.Max((ceiling - used) / 2, Math.Min(LookAfter, ceiling - used));
            foreach (int level in Levels)
            {
                long mark = (long)(ceiling / 100.0 * level);
                if (mark > used)
                    next = Math.Min(next, mark - 1);
            }
            Volatile.Write(ref counters.Asked, next);
            return true;
        }
    }

    private long Ceiling(long used)
    {
        if (preserve.GetSpace(out long free, out long total) != Errors.FsError.None)
            return limit.Percent != 0 ? long.MaxValue : limit.On(0);
        long kept = Math.Min(KeptFree, total / KeptPart);
        return Math.Min(limit.On(total), used + Math.Max(0, free - kept));
    }

    /// <summary>Once per crossing; a level counts as left when it is undercut by five.</summary>
    private void Tell(long used, long ceiling)
    {
        int percent = PercentOf(used, ceiling);
        int level = percent >= Levels[1] ? 2 : percent >= Levels[0] ? 1 : 0;
        if (level > told)
        {
            log(new(true, $"the preserve store is {percent} % full: it holds {Bytes(used)} and may hold {Bytes(ceiling)}. When it is full, {Consequence()}. Release a snapshot, raise the limit (vdfs set MOUNTPOINT --preserve-limit SIZE), or free room where pre-images lie."));
            told = level;
        }
        else if (told > 0 && percent < Levels[told - 1] - 5)
        {
            told = level;
        }
    }

    /// <summary>Of nothing that may be held, nothing is used: a full filesystem is no crossing before somebody needs it.</summary>
    private static int PercentOf(long used, long ceiling) => used <= 0 ? 0 : used >= ceiling ? 100 : (int)(used * 100.0 / ceiling);

    private static string Bytes(long bytes) => bytes switch
    {
        >= 1L << 40 => $"{bytes / (double)(1L << 40):0.#} TiB",
        >= 1L << 30 => $"{bytes / (double)(1L << 30):0.#} GiB",
        >= 1L << 20 => $"{bytes / (double)(1L << 20):0.#} MiB",
        _ => $"{bytes / 1024.0:0.#} KiB",
    };

    /// <summary>Every preserved run writes here: on cache lines of their own.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private sealed class Counters
    {
        [FieldOffset(128)]
        public long Used;

        [FieldOffset(136)]
        public long Asked;

        [FieldOffset(144)]
        public long Rounds;
    }
}
