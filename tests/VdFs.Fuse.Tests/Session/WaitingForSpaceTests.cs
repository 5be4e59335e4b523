using System.Collections.Concurrent;
using VdFs.Core.Errors;
using VdFs.Core.Space;
using VdFs.Core.Storage;
using VdFs.FileSystem.Tree;
using VdFs.Fuse.Native;
using VdFs.Fuse.Session;

namespace VdFs.Fuse.Tests.Session;

/// <summary>Requests that wait for room hold no thread, stand in nobody's way, and end.</summary>
public sealed class WaitingForSpaceTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly BlockingCollection<byte[]?> requests = [];
    private readonly BlockingCollection<(ulong Unique, int Errno)> answers = [];
    private readonly FullTree tree = new();
    private readonly Task<SessionEnd> session;

    public WaitingForSpaceTests()
    {
        tree.WaitingRoom.Limit = TimeSpan.FromHours(1);
        var transport = new ScriptedTransport(_ => Next()) { OnAnswer = (errno, unique, _) => answers.Add((unique, errno)) };
        session = Task.Factory.StartNew(
            new FuseSession(transport, tree, new SessionOptions { Threads = 2, SlowThreads = 2 }, new RecordingLog()).Run,
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    public void Dispose()
    {
        requests.CompleteAdding();
        Assert.True(session.Wait(Patience));
        requests.Dispose();
        answers.Dispose();
    }

    [Fact]
    public void Many_that_wait_let_commands_pass_and_go_on_when_there_is_room()
    {
        Write(2, 50);
        Assert.True(SpinWait.SpinUntil(() => tree.WaitingRoom.Waiting == 50, Patience));
        Send(FuseOpcode.Mkdir, 1000, Request.Bytes(new FuseMkdirIn { Mode = 0x1FF }), "cut\0"u8.ToArray());
        Assert.Equal((1000UL, Errno.EEXIST), Answer());
        Volatile.Write(ref tree.Room, 50);
        tree.WaitingRoom.RoomMade();
        ulong[] done = [.. Enumerable.Range(0, 50).Select(_ => Answer()).Select(a => a.Errno == 0 ? a.Unique : 0)];
        Assert.Equal(Enumerable.Range(0, 50).Select(i => 2UL + ((ulong)i * 2)), done.Order());
        Assert.True(SpinWait.SpinUntil(() => tree.WaitingRoom.Waiting == 0, Patience));
    }

    [Fact]
    public void Nobody_has_to_call()
    {
        Write(2, 3);
        Assert.True(SpinWait.SpinUntil(() => tree.WaitingRoom.Waiting == 3, Patience));
        Volatile.Write(ref tree.Room, 3);
        Assert.All(Enumerable.Range(0, 3).Select(_ => Answer()), a => Assert.Equal(0, a.Errno));
    }

    [Fact]
    public void At_its_limit_a_request_fails()
    {
        tree.WaitingRoom.Limit = TimeSpan.FromMilliseconds(100);
        Write(2, 3);
        Assert.All(Enumerable.Range(0, 3).Select(_ => Answer()), a => Assert.Equal(Errno.ENOSPC, a.Errno));
        Assert.True(SpinWait.SpinUntil(() => tree.WaitingRoom.Waiting == 0, Patience));
    }

    [Fact]
    public async Task The_end_answers_those_that_wait()
    {
        Write(2, 3);
        Assert.True(SpinWait.SpinUntil(() => tree.WaitingRoom.Waiting == 3, Patience));
        requests.CompleteAdding();
        Assert.All(Enumerable.Range(0, 3).Select(_ => Answer()), a => Assert.Equal(Errno.ENOSPC, a.Errno));
        Assert.Equal(SessionEndReason.Unmounted, (await session.WaitAsync(Patience)).Reason);
    }

    private void Write(ulong first, int count)
    {
        for (int i = 0; i < count; i++)
            Send(FuseOpcode.Write, first + ((ulong)i * 2), Request.Bytes(new FuseWriteIn { Size = 4 }), "data"u8.ToArray());
    }

    private byte[]? Next()
    {
        try
        {
            return requests.Take();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private void Send(FuseOpcode opcode, ulong unique, params byte[][] parts) => requests.Add(Request.Make(opcode, unique, 1, parts));

    private (ulong Unique, int Errno) Answer() =>
        answers.TryTake(out (ulong, int) answer, Patience) ? answer : throw new TimeoutException("no answer");

    private sealed class FullTree : UnsupportedTree, ITree
    {
        public int Room;

        public WaitingRoom WaitingRoom { get; } = new();

        public override FsError Write(
            OperationContext context, NodeId node, ulong handle, long offset, ReadOnlySpan<byte> data, WriteDurability durability, bool killPrivileges, out int written)
        {
            written = data.Length;
            if (Volatile.Read(ref Room) > 0 && Interlocked.Decrement(ref Room) >= 0)
                return FsError.None;
            return context.Worker.WaitsForSpace ? FsError.MustWaitForSpace : FsError.NoSpace;
        }

        public override FsError MakeDirectory(OperationContext context, NodeId parent, ReadOnlySpan<byte> name, uint mode, uint umask, out Entry entry)
        {
            entry = default;
            return context.Worker.MayWait ? FsError.AlreadyExists : FsError.MustWait;
        }
    }
}
