using System.Runtime.InteropServices;

namespace VdFs.Fuse.Native;

/// <summary>
/// An io_uring (io_uring(7)), for one thread: the one that made it. Operations are laid out by <see cref="Add"/> and done at the next <see cref="Enter"/>, in
/// the order in which they were laid out as far as none has to wait; completions lie ready afterwards.
/// </summary>
/// <remarks>
/// Whatever a completion needs runs inside of <see cref="Enter"/> on that thread (DEFER_TASKRUN), so that nothing touches the buffers of an operation
/// that waits while its thread is elsewhere, nor after its thread's death.
/// </remarks>
internal sealed unsafe partial class IoUring : IDisposable
{
    private const uint EnterGetEvents = 1;
    private const uint TaskRunWaits = 1 << 2;
    private const long OffsetOfRings = 0;
    private const long OffsetOfEntries = 0x10000000;
    private const int PopulateShared = 0x8001;
    private const IoUringFeatures Needed = IoUringFeatures.SingleMap | IoUringFeatures.NoDrop | IoUringFeatures.SkipSuccess;

    // The same on x86-64 and arm64.
    private const long SetupNumber = 425;
    private const long EnterNumber = 426;

    private readonly int descriptor;
    private readonly byte* rings;
    private readonly nint ringsLength;
    private readonly IoUringEntry* entries;
    private readonly uint entriesMask;
    private readonly uint* submissionHead;
    private readonly uint* submissionTail;
    private readonly uint* submissionFlags;
    private readonly uint* completionHead;
    private readonly uint* completionTail;
    private readonly uint completionMask;
    private readonly IoUringCompletion* completions;
    private uint tail;
    private bool disposed;

    private IoUring(int descriptor, in IoUringParameters made, byte* rings, nint ringsLength, IoUringEntry* entries)
    {
        this.descriptor = descriptor;
        this.rings = rings;
        this.ringsLength = ringsLength;
        this.entries = entries;
        entriesMask = made.SubmissionEntries - 1;
        submissionHead = (uint*)(rings + made.SubmissionHead);
        submissionTail = (uint*)(rings + made.SubmissionTail);
        submissionFlags = (uint*)(rings + made.SubmissionFlags);
        completionHead = (uint*)(rings + made.CompletionHead);
        completionTail = (uint*)(rings + made.CompletionTail);
        completionMask = *(uint*)(rings + made.CompletionMask);
        completions = (IoUringCompletion*)(rings + made.CompletionQueue);
        uint* array = (uint*)(rings + made.SubmissionArray);
        for (uint i = 0; i <= entriesMask; i++)
            array[i] = i;
    }

    /// <summary>Makes a ring for the calling thread.</summary>
    /// <param name="size">Operations that may be laid out at once; a power of two.</param>
    /// <param name="errno">Why there is none: ENOSYS or EPERM where io_uring is turned off, EINVAL before Linux 6.1.</param>
    /// <returns>Null if the kernel doesn't have it, or not for us.</returns>
    public static IoUring? TryCreate(uint size, out int errno)
    {
        var parameters = new IoUringParameters { Flags = IoUringSetup.SingleIssuer | IoUringSetup.DeferTaskRun | IoUringSetup.TaskRunFlag };
        errno = 0;
        int made = (int)syscall(SetupNumber, (nint)size, (nint)(&parameters), 0, 0, 0, 0);
        if (made < 0)
        {
            errno = Marshal.GetLastSystemError();
            return null;
        }
        nint length = (nint)Math.Max(
            parameters.SubmissionArray + (parameters.SubmissionEntries * sizeof(uint)),
            parameters.CompletionQueue + (parameters.CompletionEntries * (uint)sizeof(IoUringCompletion)));
        void* rings = Map(made, length, OffsetOfRings);
        void* entries = Map(made, (nint)parameters.SubmissionEntries * sizeof(IoUringEntry), OffsetOfEntries);
        if ((parameters.Features & Needed) == Needed && (nint)rings != -1 && (nint)entries != -1)
            return new IoUring(made, parameters, (byte*)rings, length, (IoUringEntry*)entries);
        errno = (parameters.Features & Needed) == Needed ? Marshal.GetLastSystemError() : Errno.EINVAL;
        if ((nint)rings != -1)
            _ = Libc.munmap(rings, length);
        if ((nint)entries != -1)
            _ = Libc.munmap(entries, (nint)parameters.SubmissionEntries * sizeof(IoUringEntry));
        _ = Libc.close(made);
        return null;
    }

    /// <summary>Whether completions or what leads to them wait for the next <see cref="Enter"/>. Costs a look at memory.</summary>
    public bool HasWork =>
        *completionHead != Volatile.Read(ref *completionTail) || (Volatile.Read(ref *submissionFlags) & TaskRunWaits) != 0;

    /// <summary>Whether a completion lies ready.</summary>
    public bool HasCompletion => *completionHead != Volatile.Read(ref *completionTail);

    /// <summary>How many operations were laid out and not submitted.</summary>
    public int Queued => (int)(tail - Volatile.Read(ref *submissionHead));

    /// <summary>Lays out one more operation. No more than the ring's size between two calls of <see cref="Enter"/>.</summary>
    public void Add(IoUringOperation operation, int file, void* buffer, uint length, ulong userData, IoUringEntryFlags flags = IoUringEntryFlags.None)
    {
        // Offset 0 is any for files that have no position. /dev/fuse has none.
        entries[tail++ & entriesMask] = new IoUringEntry
        {
            Operation = operation,
            Flags = flags,
            Descriptor = file,
            Address = (ulong)buffer,
            Length = length,
            UserData = userData,
        };
    }

    /// <summary>Cancels all operations that wait; each completes with ECANCELED, or with what it came to before.</summary>
    public void AddCancelAll(ulong userData)
    {
        const uint all = 1 << 0;
        const uint any = 1 << 2;
        entries[tail++ & entriesMask] = new IoUringEntry { Operation = IoUringOperation.AsyncCancel, Descriptor = -1, OperationFlags = all | any, UserData = userData };
    }

    /// <summary>Submits what was laid out, and does what completions need.</summary>
    /// <param name="wait">Whether to wait until a completion lies ready.</param>
    /// <returns>0 or an errno. EINTR, EAGAIN and EBUSY: to be called again.</returns>
    public int Enter(bool wait)
    {
        Volatile.Write(ref *submissionTail, tail);
        long result = syscall(EnterNumber, descriptor, Queued, wait ? 1 : 0, (nint)EnterGetEvents, 0, 0);
        return result >= 0 ? 0 : Marshal.GetLastSystemError();
    }

    /// <summary>Takes the next completion that lies ready.</summary>
    public bool TryTake(out IoUringCompletion completion)
    {
        uint head = *completionHead;
        if (head == Volatile.Read(ref *completionTail))
        {
            completion = default;
            return false;
        }
        completion = completions[head & completionMask];
        Volatile.Write(ref *completionHead, head + 1);
        return true;
    }

    /// <summary>What still waits is cancelled.</summary>
    public void Dispose()
    {
        if (disposed)
            return;
        disposed = true;
        _ = Libc.munmap(rings, ringsLength);
        _ = Libc.munmap(entries, (nint)(entriesMask + 1) * sizeof(IoUringEntry));
        _ = Libc.close(descriptor);
    }

    private static void* Map(int descriptor, nint length, long offset) =>
        Libc.mmap(null, length, Libc.PROT_READ | Libc.PROT_WRITE, PopulateShared, descriptor, offset);

    [LibraryImport("libc")]
    private static partial long syscall(long number, nint a, nint b, nint c, nint d, nint e, nint f);
}
