using System.Diagnostics;
using VdFs.Fuse.Native;

namespace VdFs.BareServer;

/// <summary>
/// Answers go out and further requests come in by one system call for several: reads and writes of the device in an io_uring. The file itself is read and
/// written by system calls, since some filesystems would hand those to other threads.
/// </summary>
/// <param name="device">A descriptor of /dev/fuse with O_NONBLOCK.</param>
/// <param name="file">What is served.</param>
/// <param name="depth">Requests that are asked for at once.</param>
/// <param name="spin">For how long to look for the next request before sleeping.</param>
internal sealed unsafe class RingLoop(int device, BareFile file, int depth, TimeSpan spin)
{
    private const ulong Answers = 1UL << 32;

    private readonly Buffers[] slots = [.. Enumerable.Range(0, depth).Select(_ => new Buffers())];
    private readonly long spinTicks = (long)(spin.TotalSeconds * Stopwatch.Frequency);

    public void Run()
    {
        using IoUring ring = IoUring.TryCreate(256, out int errno) ?? throw new InvalidOperationException($"io_uring: errno {errno}");
        for (int i = 0; i < depth; i++)
            Ask(ring, i);
        while (true)
        {
            Wait(ring);
            while (ring.TryTake(out IoUringCompletion done))
            {
                // An answer that the kernel didn't want: nobody waits for it any more.
                if ((done.UserData & Answers) != 0)
                    continue;
                int slot = (int)done.UserData;
                if (done.Result >= 0)
                    Serve(ring, slot);
                else if (-done.Result is not (Errno.ENOENT or Errno.EINTR or Errno.EAGAIN))
                    return;
                Ask(ring, slot);
            }
        }
    }

    private void Ask(IoUring ring, int slot) =>
        ring.Add(IoUringOperation.Read, device, slots[slot].Request, Buffers.RequestCapacity, (ulong)slot);

    private void Serve(IoUring ring, int slot)
    {
        int length = file.Serve(slots[slot].Request, slots[slot].Answer);
        if (length > 0)
            ring.Add(IoUringOperation.Write, device, slots[slot].Answer, (uint)length, Answers, IoUringEntryFlags.SkipSuccess);
    }

    private void Wait(IoUring ring)
    {
        if (spinTicks == 0)
        {
            _ = ring.Enter(wait: true);
            return;
        }
        _ = ring.Enter(wait: false);
        long began = Stopwatch.GetTimestamp();
        while (!ring.HasCompletion)
        {
            if (ring.HasWork)
                _ = ring.Enter(wait: false);
            else if (Stopwatch.GetTimestamp() - began > spinTicks)
                _ = ring.Enter(wait: true);
            else
                Thread.SpinWait(1);
        }
    }
}
