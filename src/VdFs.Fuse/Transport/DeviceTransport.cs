using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using VdFs.Fuse.Native;

namespace VdFs.Fuse.Transport;

/// <summary>
/// Descriptors of `/dev/fuse`: one per queue, all of one connection. They are made elsewhere (<see cref="FuseDevice"/>) and belong to who
/// made them, who keeps them open for as long as this is in use.
/// </summary>
public sealed unsafe class DeviceTransport : ITransport
{
    private readonly SafeFileHandle[] handles;
    private readonly int[] descriptors;

    public DeviceTransport(IReadOnlyList<SafeFileHandle> queues)
    {
        ArgumentOutOfRangeException.ThrowIfZero(queues.Count, nameof(queues));
        handles = [.. queues];
        descriptors = [.. queues.Select(q => (int)q.DangerousGetHandle())];
    }

    public int QueueCount => descriptors.Length;

    public int Receive(int queue, byte* buffer, int capacity)
    {
        nint result = FuseLibc.read(descriptors[queue], buffer, (nuint)capacity);
        return result >= 0 ? (int)result : -Marshal.GetLastSystemError();
    }

    public bool IsPending(int queue)
    {
        var poll = new FuseLibc.PollFd { Fd = descriptors[queue], Events = FuseLibc.PollIn };
        return FuseLibc.poll(&poll, 1, 0) > 0 && (poll.Revents & FuseLibc.PollIn) != 0;
    }

    public int Send(int queue, byte* message, int length)
    {
        nint result = FuseLibc.write(descriptors[queue], message, (nuint)length);
        int error = result >= 0 ? 0 : -Marshal.GetLastSystemError();
        GC.KeepAlive(handles);
        return error;
    }
}
