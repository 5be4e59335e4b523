using System.Diagnostics;
using VdFs.Fuse.Native;

namespace VdFs.Fuse.Session;

/// <summary>
/// Decides how many threads read requests at a time: one while it keeps up, more while requests queue, many while operations are slow.
/// </summary>
/// <remarks>
/// <para>The kernel wakes waiting readers in turn. With several of them and one request at a time, each request finds a thread that has
/// slept longest, on a cold and often halted core; with one, the thread that answered last, next to its client. But one reader alone
/// leaves cores unused when requests queue, and lets all others wait behind an operation that waits for a disk.
/// See docs/decisions/0002-serving-threads.md.</para>
/// <para>What is known comes from clocks first: a read that returned at once found a request waiting, one that took longer slept. At once may
/// also mean that the client ran, and asked again, in between; so before another reader is called, the queue itself is looked at.
/// Members start when first needed and then rest, unless they are called.</para>
/// </remarks>
internal sealed class ServingCrew
{
    /// <summary>A read that took no longer than this (and the copying of its data) found its request waiting.</summary>
    private static readonly long AtOnce = Ticks(microseconds: 3);

    /// <summary>Data is copied at 4 bytes a nanosecond at least.</summary>
    private const int CopiedBytesPerNanosecond = 4;

    /// <summary>An operation that took longer probably waited for a device.</summary>
    private static readonly long Slow = Ticks(microseconds: 300);

    /// <summary>Slow operations in a row that are believed: a single one may have lost its core for a while.</summary>
    private const int SlowRun = 2;

    /// <summary>For how long after a slow operation many readers are kept.</summary>
    private static readonly long SlowMemory = Ticks(microseconds: 200_000);

    /// <summary>Reads at once in a row before another reader is called; a single one may be chance.</summary>
    private const int HurriedRun = 4;

    /// <summary>Reads that slept, in a row, before a reader rests.</summary>
    private const int CalmRun = 64;

    private readonly int limit;
    private readonly int quickLimit;
    private readonly Action<int> start;

    /// <summary>Guards the fields below. A leaf.</summary>
    private readonly Lock guard = new();
    private readonly Stack<Member> resting = new();
    private readonly List<Member> members = [];
    private volatile int active;
    private volatile bool retiring;
    private bool ended;

    private long lastSlow = long.MinValue / 2;

    /// <param name="limit">Most members.</param>
    /// <param name="start">Starts the thread of the member with this number; called under a lock, once per number.</param>
    public ServingCrew(int limit, Action<int> start)
    {
        this.limit = limit;
        this.start = start;
        quickLimit = Math.Min(limit, Environment.ProcessorCount + 1);
    }

    /// <param name="number">As given to the starter.</param>
    /// <param name="isPending">Whether a request waits in the kernel's queue now.</param>
    public Member Join(int number, Func<bool> isPending)
    {
        lock (guard)
        {
            members[number].IsPending = isPending;
            return members[number];
        }
    }

    /// <summary>Has one more member read, if the limit allows.</summary>
    public void CallOne() => CallOne(limit);

    /// <summary>From now on a member that is done with its request takes no other. Who waits for one in the kernel goes on waiting, and would serve it.</summary>
    public void Retire() => retiring = true;

    /// <summary>Sends everyone home.</summary>
    public void End()
    {
        lock (guard)
        {
            ended = true;
            while (resting.TryPop(out Member? member))
                member.Called.Set();
        }
    }

    /// <summary>Whether no member is waiting for requests, and none has become so since the last call.</summary>
    public bool AllStuck()
    {
        lock (guard)
        {
            bool stuck = active > 0 && !ended;
            foreach (Member member in members)
                stuck &= member.IsStuck();
            return stuck;
        }
    }

    public bool AnyServing()
    {
        lock (guard)
            return members.Exists(m => m.IsServing);
    }

    /// <summary>A count of operations that rises while there is work.</summary>
    public long Progress()
    {
        lock (guard)
        {
            long sum = 0;
            foreach (Member member in members)
                sum += member.Served;
            return sum;
        }
    }

    private void CallOne(int most)
    {
        lock (guard)
        {
            if (active >= most || ended)
                return;
            active++;
            if (resting.TryPop(out Member? member))
            {
                member.Called.Set();
                return;
            }
            members.Add(new Member(this));
            start(members.Count - 1);
        }
    }

    /// <returns>False: the session is over.</returns>
    private bool Rest(Member member)
    {
        lock (guard)
        {
            if (active <= 1)
                return !ended;
            active--;
            if (ended)
                return false;
            resting.Push(member);
        }
        member.Called.WaitOne();
        return !ended;
    }

    private static long Ticks(long microseconds) => microseconds * Stopwatch.Frequency / 1_000_000;

    /// <summary>One thread's view of its own requests.</summary>
    public sealed class Member(ServingCrew crew)
    {
        private int hurried;
        private int calm;
        private int slowRun;
        private long coreLosses;
        private long since = Stopwatch.GetTimestamp();
        private long served;
        private long seen;
        private volatile bool serving;

        internal Func<bool> IsPending { get; set; } = static () => false;

        internal AutoResetEvent Called { get; } = new(initialState: false);

        internal bool IsServing => serving;

        internal long Served => Volatile.Read(ref served);

        /// <summary>A request of this length was read just now.</summary>
        /// <returns>How long the read took, in ticks of <see cref="Stopwatch"/>.</returns>
        public long Begin(int length)
        {
            serving = true;
            long now = Stopwatch.GetTimestamp();
            long waited = now - since;
            since = now;
            long copying = (long)length * Stopwatch.Frequency / 1_000_000_000 / CopiedBytesPerNanosecond;
            if (waited > AtOnce + copying)
            {
                hurried = 0;
                calm++;
                return waited;
            }
            calm = 0;
            hurried++;
            bool slow = now - Volatile.Read(ref crew.lastSlow) < SlowMemory;
            int most = slow ? crew.limit : crew.quickLimit;
            if (crew.active < most && (slow || hurried >= HurriedRun))
            {
                hurried = 0;
                if (IsPending())
                    crew.CallOne(most);
            }
            return waited;
        }

        /// <summary>The request is done with; waits here if others are enough.</summary>
        /// <returns>False: the session is over.</returns>
        public bool End(int length)
        {
            long now = Stopwatch.GetTimestamp();
            long took = now - since;
            since = now;
            if (took > Slow + ((long)length * Stopwatch.Frequency / 1_000_000_000))
                NoteSlow(now);
            else
                slowRun = 0;
            Volatile.Write(ref served, served + 1);
            serving = false;
            if (crew.retiring)
                Thread.Sleep(Timeout.Infinite);
            if (calm < CalmRun || crew.active <= 1 || now - Volatile.Read(ref crew.lastSlow) < SlowMemory)
                return true;
            calm = 0;
            bool goOn = crew.Rest(this);
            since = Stopwatch.GetTimestamp();
            return goOn;
        }

        /// <summary>Slow for want of a device, or of a core? More readers help with the one, and make the other worse. Who waits for a device gives its core away by itself.</summary>
        private void NoteSlow(long now)
        {
            long losses = ThreadUsage.InvoluntarySwitches;
            bool kept = losses == coreLosses;
            coreLosses = losses;
            slowRun++;
            if (slowRun >= SlowRun && kept)
                Volatile.Write(ref crew.lastSlow, now);
        }

        internal bool IsStuck()
        {
            long now = Served;
            bool same = now == seen;
            seen = now;
            return same && (serving || crew.resting.Contains(this));
        }
    }
}
