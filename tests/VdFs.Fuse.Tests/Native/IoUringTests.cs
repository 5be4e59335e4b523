using System.Runtime.InteropServices;
using System.Text;
using VdFs.Fuse.Native;

namespace VdFs.Fuse.Tests.Native;

public sealed unsafe class IoUringTests
{
    /// <summary>As a C compiler gives them (linux/io_uring.h).</summary>
    [Fact]
    public void Structures_are_laid_out_as_the_kernel_has_them()
    {
        Assert.Equal((120, 64, 16), (sizeof(IoUringParameters), sizeof(IoUringEntry), sizeof(IoUringCompletion)));
        Check<IoUringParameters>(
            (nameof(IoUringParameters.Flags), 8), (nameof(IoUringParameters.Features), 20), (nameof(IoUringParameters.SubmissionHead), 40),
            (nameof(IoUringParameters.SubmissionFlags), 56), (nameof(IoUringParameters.SubmissionArray), 64), (nameof(IoUringParameters.CompletionHead), 80),
            (nameof(IoUringParameters.CompletionMask), 88), (nameof(IoUringParameters.CompletionQueue), 100), (nameof(IoUringParameters.CompletionFlags), 104));
        Check<IoUringEntry>(
            (nameof(IoUringEntry.Descriptor), 4), (nameof(IoUringEntry.Offset), 8), (nameof(IoUringEntry.Address), 16), (nameof(IoUringEntry.Length), 24),
            (nameof(IoUringEntry.OperationFlags), 28), (nameof(IoUringEntry.UserData), 32));
        Check<IoUringCompletion>((nameof(IoUringCompletion.UserData), 0), (nameof(IoUringCompletion.Result), 8), (nameof(IoUringCompletion.Flags), 12));
    }

    [Fact]
    public void Operations_are_done_in_their_order_and_tell_their_outcome()
    {
        using IoUring ring = IoUring.TryCreate(8, out _)!;
        (int read, int write) = Pipe();
        byte* buffer = stackalloc byte[8];
        "abcd"u8.CopyTo(new Span<byte>(buffer, 8));
        ring.Add(IoUringOperation.Write, write, buffer, 2, userData: 1);
        ring.Add(IoUringOperation.Write, write, buffer + 2, 2, userData: 2, IoUringEntryFlags.SkipSuccess);
        ring.Add(IoUringOperation.Read, read, buffer + 4, 4, userData: 3);
        ring.Add(IoUringOperation.Read, -1, buffer, 4, userData: 4);
        Assert.Equal(4, ring.Queued);
        Assert.Equal(0, ring.Enter(wait: true));
        Assert.Equal(0, ring.Queued);
        Assert.Equal(new (ulong, int)[] { (1, 2), (3, 4), (4, -Errno.EBADF) }, Completions(ring));
        Assert.Equal("abcd", Encoding.ASCII.GetString(buffer + 4, 4));
        Close(read, write);
    }

    [Fact]
    public void What_waits_completes_when_it_can_and_is_cancelled_when_it_is_told_to()
    {
        using IoUring ring = IoUring.TryCreate(8, out _)!;
        (int read, int write) = Pipe();
        byte* buffer = stackalloc byte[8];
        ring.Add(IoUringOperation.Read, read, buffer, 4, userData: 1);
        ring.Add(IoUringOperation.Read, read, buffer + 4, 4, userData: 2);
        Assert.Equal(0, ring.Enter(wait: false));
        Assert.False(ring.HasCompletion);
        byte one = 1;
        Assert.Equal(1, (int)FuseLibc.write(write, &one, 1));
        Assert.Equal(0, ring.Enter(wait: true));
        // Which of two that wait gets it isn't said.
        (ulong first, int count) = Assert.Single(Completions(ring));
        Assert.Equal(1, count);
        ring.AddCancelAll(userData: 9);
        while (ring.Queued > 0 || !ring.HasCompletion)
            Assert.Equal(0, ring.Enter(wait: true));
        Assert.Contains((3 - first, -FuseErrno.ECANCELED), Completions(ring));
        Close(read, write);
    }

    /// <summary>Both ends don't block, as a ring wants it of what it polls.</summary>
    private static (int Read, int Write) Pipe()
    {
        int* ends = stackalloc int[2];
        Assert.Equal(0, MountLibc.pipe2(ends, Libc.O_CLOEXEC | Libc.O_NONBLOCK));
        return (ends[0], ends[1]);
    }

    private static void Close(params int[] descriptors)
    {
        foreach (int descriptor in descriptors)
            _ = Libc.close(descriptor);
    }

    private static List<(ulong UserData, int Result)> Completions(IoUring ring)
    {
        var all = new List<(ulong, int)>();
        while (ring.TryTake(out IoUringCompletion done))
            all.Add((done.UserData, done.Result));
        return all;
    }

    private static void Check<T>(params (string Field, int Offset)[] fields)
    {
        foreach ((string field, int offset) in fields)
            Assert.Equal((field, offset), (field, (int)Marshal.OffsetOf<T>(field)));
    }
}
