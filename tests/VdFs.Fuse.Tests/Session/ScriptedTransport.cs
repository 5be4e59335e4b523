using System.Runtime.InteropServices;
using VdFs.Fuse.Native;
using VdFs.Fuse.Transport;

namespace VdFs.Fuse.Tests.Session;

/// <summary>Feeds requests from a function and hands every answer to another; ends with ENODEV when there are no more.</summary>
internal sealed unsafe class ScriptedTransport(Func<int, byte[]?> request) : ITransport
{
    private int next;

    public delegate void Answered(int errno, ulong unique, ReadOnlySpan<byte> payload);

    public Answered? OnAnswer { get; init; }

    public int QueueCount => 1;

    public int Answers;

    public IReceiver OpenReceiver(int queue) => new ScriptedReceiver(this);

    public byte[]? Next() => request(Interlocked.Increment(ref next) - 1);

    public int Send(int queue, byte* message, int length)
    {
        Interlocked.Increment(ref Answers);
        if (OnAnswer is not null)
        {
            FuseOutHeader header = MemoryMarshal.Read<FuseOutHeader>(new ReadOnlySpan<byte>(message, length));
            Assert.Equal((uint)length, header.Len);
            OnAnswer(-header.Error, header.Unique, new ReadOnlySpan<byte>(message + sizeof(FuseOutHeader), length - sizeof(FuseOutHeader)));
        }
        return 0;
    }
}
