namespace VdFs.Core.Storage;

/// <summary>
/// How many are using a thing that may be closed, or put to rest, while others try to use it. One atomic addition to enter and one to leave; entering is counted too, in the same addition, so
/// that it can be told what was used lately.
/// </summary>
/// <remarks>
/// What must hold: the thing is released by one of those who are told to, and by no more than one (releasing may be asked for twice: the caller takes the thing out atomically). After
/// <see cref="TryRest"/> nobody enters until <see cref="Wake"/>. A mutable struct: keep it in a field, never copy it.
/// </remarks>
public struct UseCount
{
    private const long Closed = 1;
    private const long Resting = 2;
    private const long User = 4;

    /// <summary>One entering; what overflows falls off the top.</summary>
    private const long Entering = 1L << 24;
    private const long Users = (Entering - 1) & ~(Closed | Resting);

    private long state;

    /// <summary>Changes with every entering.</summary>
    public uint Uses => (uint)(Volatile.Read(ref state) >>> 24);

    public bool IsOpen => (Volatile.Read(ref state) & (Closed | Resting)) == 0;

    public bool IsClosed => (Volatile.Read(ref state) & Closed) != 0;

    /// <summary>False: it is closed or rests, and there is nothing to exit.</summary>
    /// <param name="release">The caller is to release the thing.</param>
    public bool TryEnter(out bool release)
    {
        release = false;
        if ((Interlocked.Add(ref state, User + Entering) & (Closed | Resting)) == 0)
            return true;
        release = Exit();
        return false;
    }

    /// <summary>True: it was closed meanwhile, and this was the last user: the caller is to release the thing.</summary>
    public bool Exit() => (Interlocked.Add(ref state, -User) & (Closed | Users)) == Closed;

    /// <summary>For good. True: nobody is using it: the caller is to release the thing.</summary>
    public bool Close() => (Interlocked.Or(ref state, Closed) & Users) == 0;

    /// <summary>True: nobody was using it, and nobody will before <see cref="Wake"/>.</summary>
    public bool TryRest() => TrySet(Resting);

    /// <summary>For good, unless it is being used: then false.</summary>
    public bool TryClose() => TrySet(Closed);

    /// <summary>Ends a rest. True: it was closed meanwhile and nobody uses it: the caller is to release the thing.</summary>
    public bool Wake() => (Interlocked.And(ref state, ~Resting) & (Closed | Users)) == Closed;

    private bool TrySet(long flag)
    {
        long seen = Volatile.Read(ref state);
        return (seen & (Closed | Resting | Users)) == 0 && Interlocked.CompareExchange(ref state, seen | flag, seen) == seen;
    }
}
