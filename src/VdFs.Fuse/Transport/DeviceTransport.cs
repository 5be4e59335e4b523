using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using VdFs.Fuse.Native;

namespace VdFs.Fuse.Transport;

/// <summary>
/// Descriptors of `/dev/fuse`: one per queue, all of one connection. They are made elsewhere (<see cref="FuseDevice"/>) and belong to who
/// made them, who keeps them open for as long as this is in use.
/// </summary>
public sealed unsafe class DeviceTransport : ITransport, IBackingRegistry
{
    private readonly SafeFileHandle[] handles;
    private readonly int[] descriptors;

    /// <param name="queues">At least one.</param>
    /// <param name="byRing">Whether threads get requests by an io_uring, as far as the kernel lets them, or by read(2).</param>
    public DeviceTransport(IReadOnlyList<SafeFileHandle> queues, bool byRing)
    {
        ArgumentOutOfRangeException.ThrowIfZero(queues.Count, nameof(queues));
        handles = [.. queues];
        descriptors = [.. queues.Select(q => (int)q.DangerousGetHandle())];
        IsByRing = byRing;
        // A former worker may have left it the other way: the flag belongs to the open file, which outlives its process.
        foreach (int descriptor in descriptors)
        {
            int flags = FuseLibc.fcntl(descriptor, FuseLibc.FcntlGetFlags, 0);
            _ = FuseLibc.fcntl(descriptor, FuseLibc.FcntlSetFlags, byRing ? flags | FuseLibc.NonBlock : flags & ~FuseLibc.NonBlock);
        }
    }

    public int QueueCount => descriptors.Length;

    /// <summary>Whether threads get requests by an io_uring.</summary>
    public bool IsByRing { get; }

    public IReceiver OpenReceiver(int queue)
    {
        IReceiver? ring = IsByRing ? RingReceiver.TryOpen(descriptors[queue]) : null;
        return ring ?? new DeviceReceiver(descriptors[queue]);
    }

    public int Send(int queue, byte* message, int length)
    {
        nint result = FuseLibc.write(descriptors[queue], message, (nuint)length);
        int error = result >= 0 ? 0 : -Marshal.GetLastSystemError();
        GC.KeepAlive(handles);
        return error;
    }

    int IBackingRegistry.Open(int file, out int backingId)
    {
        var map = new FuseBackingMap { Fd = file };
        backingId = FuseLibc.ioctl(descriptors[0], FuseLibc.BackingOpen, &map);
        int errno = backingId > 0 ? 0 : Marshal.GetLastSystemError();
        GC.KeepAlive(handles);
        return errno;
    }

    void IBackingRegistry.Close(int backingId)
    {
        uint id = (uint)backingId;
        // That it is unknown is the only failure.
        _ = FuseLibc.ioctl(descriptors[0], FuseLibc.BackingClose, &id);
        GC.KeepAlive(handles);
    }
}
