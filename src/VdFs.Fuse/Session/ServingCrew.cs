using VdFs.Fuse.Transport;

namespace VdFs.Fuse.Session;

/// <summary>
/// The threads that read requests and serve them: as many at a time as <see cref="CrewSize"/> finds good, and more for a moment when all of those wait for a device. Members
/// start when first needed and then rest, unless they are called. See docs/decisions/0002-serving-threads.md.
/// </summary>
internal sealed class ServingCrew
{
    private readonly int limit;
    private readonly Action<int> start;
    private readonly CrewSize size;

    /// <summary>Guards the fields below, and the size. The slow lane's is taken below it.</summary>
    private readonly Lock guard = new();
    private readonly Stack<CrewMember> resting = new();
    private readonly List<CrewMember> members = [];
    private int started;
    private volatile int active;
    private volatile int helpers;
    private volatile int wanted = 1;
    private volatile bool retiring;
    private bool ended;
    private long due;

    /// <param name="limit">Most members.</param>
    /// <param name="start">Starts the thread of the member with this number; called under a lock, once per number.</param>
    public ServingCrew(int limit, Action<int> start)
    {
        this.limit = limit;
        this.start = start;
        size = new CrewSize(limit);
    }

    /// <summary>Whether no more than one reads.</summary>
    public bool IsAlone => active <= 1;

    /// <summary>Whether more read than are to.</summary>
    public bool HasTooMany => active > Math.Min(limit, wanted + helpers) && active > 1;

    /// <summary>From now on a member that has nothing in hand takes no further request.</summary>
    public bool IsRetiring => retiring;

    /// <summary>The calling thread becomes a member.</summary>
    /// <param name="receiver">Its own.</param>
    /// <param name="relief">Who serves what it has in hand while it is held up.</param>
    public CrewMember Join(IReceiver receiver, IRelief relief)
    {
        var member = new CrewMember(this, receiver, relief);
        lock (guard)
            members.Add(member);
        return member;
    }

    /// <summary>Its thread ends.</summary>
    public void Leave(CrewMember member)
    {
        lock (guard)
            members.Remove(member);
    }

    /// <summary>Has one more member read for now, if the limit allows: all others are held up.</summary>
    public void CallHelper()
    {
        lock (guard)
        {
            if (active >= limit || ended)
                return;
            helpers = active + 1 - Math.Min(wanted, active);
            CallOne();
        }
    }

    /// <summary>Not all were held up lately: fewer helpers are needed.</summary>
    public void DropHelpers()
    {
        lock (guard)
            helpers /= 2;
    }

    /// <summary>Starts with one.</summary>
    public void Begin()
    {
        lock (guard)
            CallOne();
    }

    /// <inheritdoc cref="IsRetiring"/>
    public void Retire() => retiring = true;

    /// <summary>Sends everyone home.</summary>
    public void End()
    {
        lock (guard)
        {
            ended = true;
            while (resting.TryPop(out CrewMember? member))
                member.Called.Set();
        }
    }

    /// <summary>What members have in hand that have been at one request since the last call, where they wait for something, is given to others.</summary>
    /// <param name="all">Whether all that read are held up like that.</param>
    /// <returns>Whether any waits for something, for however short a time.</returns>
    public bool RelieveHeldUp(out bool all)
    {
        lock (guard)
        {
            bool waits = false;
            int held = 0;
            foreach (CrewMember member in members)
            {
                waits |= member.IsWaiting(out bool heldUp) && !member.IsResting;
                if (!heldUp || member.IsResting)
                    continue;
                held++;
                member.Relieve();
            }
            all = held > 0 && held >= active && !ended;
            return waits;
        }
    }

    public bool AnyServing()
    {
        lock (guard)
            return members.Exists(m => m.Receiver.IsBusy);
    }

    /// <summary>A count of requests that rises while there is work.</summary>
    public long Progress()
    {
        lock (guard)
        {
            long sum = 0;
            foreach (CrewMember member in members)
                sum += member.Requests;
            return sum;
        }
    }

    /// <summary>Looks whether more or fewer should read, if it is time for that.</summary>
    internal void Judge(long now)
    {
        if (now < Volatile.Read(ref due) || !guard.TryEnter())
            return;
        try
        {
            long requests = 0, found = 0, work = 0;
            foreach (CrewMember member in members)
            {
                requests += member.Requests;
                found += member.Found;
                work += member.Work;
            }
            size.Judge(new(now, requests, found, work));
            wanted = size.Wanted;
            Volatile.Write(ref due, size.Due);
            while (active < Math.Min(limit, wanted + helpers) && !ended)
                CallOne();
        }
        finally
        {
            guard.Exit();
        }
    }

    /// <returns>False: the session is over.</returns>
    internal bool Rest(CrewMember member)
    {
        lock (guard)
        {
            if (ended)
                return false;
            // Others were faster.
            if (!HasTooMany)
                return true;
            active--;
            member.IsResting = true;
            resting.Push(member);
        }
        member.Called.WaitOne();
        lock (guard)
            return !ended;
    }

    private void CallOne()
    {
        active++;
        if (resting.TryPop(out CrewMember? member))
        {
            member.IsResting = false;
            member.Called.Set();
            return;
        }
        start(started++);
    }
}
