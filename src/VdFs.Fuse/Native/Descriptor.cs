using System.Runtime.ConstrainedExecution;
using VdFs.Core.Errors;
using VdFs.Core.Storage;

namespace VdFs.Fuse.Native;

/// <summary>
/// Owns a file descriptor. Closing it while others are using it is safe: the last user closes it, so that its number can't come to mean
/// another file under a system call. As a <see cref="System.Runtime.InteropServices.SafeHandle"/>, but use after disposal is an answer and no exception.
/// One that was told how (<see cref="LetRest"/>) may be closed while nobody uses it, and is opened again by the next user.
/// </summary>
internal sealed class Descriptor : CriticalFinalizerObject, IDisposable, IIdle
{
    private int number;
    private UseCount uses;
    private IdleDescriptors? pool;
    private IDescriptorSource? source;

    /// <summary>Guards falling asleep and waking. Held while it is opened again, so who puts it to rest never waits for it.</summary>
    private Lock? waking;

    /// <summary>Takes ownership of <paramref name="number"/>.</summary>
    public Descriptor(int number)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(number);
        this.number = number;
    }

    ~Descriptor() => Release();

    public uint Uses => uses.Uses;

    public bool IsOpen => uses.IsOpen;

    public int PoolPlace { get; set; }

    /// <summary>From here on it may be closed while nobody uses it. At most once, and before others have it.</summary>
    public void LetRest(IDescriptorSource opener, IdleDescriptors owner)
    {
        source = opener;
        waking = new Lock();
        pool = owner;
        owner.Opened(this);
    }

    /// <summary>The number stays the file's until <see cref="Exit"/>. False once disposed of, or if it couldn't be opened again; then there is nothing to exit.</summary>
    public bool TryEnter(out int descriptor, out FsError error)
    {
        if (uses.TryEnter(out bool release))
        {
            descriptor = number;
            error = FsError.None;
            return true;
        }
        if (release)
            Release();
        return TryWake(out descriptor, out error);
    }

    public bool TryEnter(out int descriptor) => TryEnter(out descriptor, out _);

    public void Exit()
    {
        if (uses.Exit())
            Release();
    }

    public bool TryRest()
    {
        if (waking?.TryEnter() != true)
            return false;
        try
        {
            if (!uses.TryRest())
                return false;
            Release();
            return true;
        }
        finally
        {
            waking.Exit();
        }
    }

    public void Dispose()
    {
        if (uses.Close())
            Release();
        pool?.Closed(this);
        GC.SuppressFinalize(this);
    }

    private bool TryWake(out int descriptor, out FsError error)
    {
        descriptor = -1;
        while (waking is not null)
        {
            lock (waking)
            {
                error = uses.IsClosed ? FsError.BadHandle : FsError.None;
                if (error == FsError.None && !uses.IsOpen)
                {
                    error = source!.Open(out int opened);
                    if (error == FsError.None)
                    {
                        Volatile.Write(ref number, opened);
                        if (uses.Wake())
                            Release();
                    }
                }
            }
            if (error != FsError.None)
                return false;
            pool!.Opened(this);
            if (uses.TryEnter(out bool release))
            {
                descriptor = number;
                return true;
            }
            if (release)
                Release();
        }
        error = FsError.BadHandle;
        return false;
    }

    private void Release()
    {
        // More than one may be told to: only one takes the number.
        int mine = Interlocked.Exchange(ref number, -1);
        if (mine >= 0)
            _ = Libc.close(mine);
    }
}
