using System.Runtime.ConstrainedExecution;

namespace VdFs.Fuse.Native;

/// <summary>
/// Owns a file descriptor. Closing it while others are using it is safe: the last user closes it, so that its number can't come to mean
/// another file under a system call. As a <see cref="System.Runtime.InteropServices.SafeHandle"/>, but use after disposal is an answer and no exception.
/// </summary>
internal sealed class Descriptor : CriticalFinalizerObject, IDisposable
{
    private const long Closed = 1L << 62;

    private int number;

    /// <summary>How many are using it, and <see cref="Closed"/> once disposed of.</summary>
    private long uses;

    /// <summary>Takes ownership of <paramref name="number"/>.</summary>
    public Descriptor(int number)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(number);
        this.number = number;
    }

    ~Descriptor() => Close();

    /// <summary>The number stays the file's until <see cref="Exit"/>. False once disposed of; then there is nothing to exit.</summary>
    public bool TryEnter(out int descriptor)
    {
        if ((Interlocked.Increment(ref uses) & Closed) == 0)
        {
            descriptor = number;
            return true;
        }
        Exit();
        descriptor = -1;
        return false;
    }

    public void Exit()
    {
        if (Interlocked.Decrement(ref uses) == Closed)
            Close();
    }

    public void Dispose()
    {
        if (Interlocked.Or(ref uses, Closed) == 0)
            Close();
        GC.SuppressFinalize(this);
    }

    private void Close()
    {
        // A late TryEnter may bring the count to Closed a second time: only one takes the number.
        int mine = Interlocked.Exchange(ref number, -1);
        if (mine >= 0)
            _ = Libc.close(mine);
    }
}
