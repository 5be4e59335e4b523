using System.Collections.Concurrent;
using VdFs.Core.Errors;
using VdFs.Core.Storage;
using VdFs.FileSystem.Tree;
using VdFs.Fuse.Native;
using VdFs.Fuse.Session;

namespace VdFs.Fuse.Tests.Session;

/// <summary>Requests that wait must not keep others from being served.</summary>
public sealed class WaitingTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly BlockingCollection<byte[]?> requests = [];
    private readonly BlockingCollection<(ulong Unique, int Errno)> answers = [];
    private readonly WaitingTree tree = new();
    private readonly RecordingLog log = new();
    private readonly Task<SessionEnd> session;

    public WaitingTests()
    {
        var transport = new ScriptedTransport(_ => Next()) { OnAnswer = (errno, unique, _) => answers.Add((unique, errno)) };
        session = Task.Factory.StartNew(
            new FuseSession(transport, tree, new SessionOptions { Threads = 3, SlowThreads = 2 }, log).Run,
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    public void Dispose()
    {
        tree.GoOn.Set();
        requests.CompleteAdding();
        Assert.True(session.Wait(Patience));
        requests.Dispose();
        answers.Dispose();
        tree.Dispose();
    }

    [Fact]
    public void A_request_that_must_wait_is_done_again_where_it_may_and_answered_once()
    {
        Send(FuseOpcode.Mkdir, 2, Request.Bytes(new FuseMkdirIn { Mode = 0x1FF }), "cut\0"u8.ToArray());
        Assert.Equal((2UL, Errno.EEXIST), Answer());
        Assert.Equal(1, tree.RefusedToWait);
    }

    [Fact]
    public void Reading_goes_on_while_all_slow_threads_wait()
    {
        for (ulong unique = 2; unique <= 8; unique += 2)
            Send(FuseOpcode.Fsync, unique, Request.Bytes(default(FuseFsyncIn)));
        Send(FuseOpcode.Lookup, 100, "x\0"u8.ToArray());
        Assert.Equal((100UL, Errno.ENOENT), Answer());
        tree.GoOn.Set();
        Assert.Equal(new ulong[] { 2, 4, 6, 8 }, Enumerable.Range(0, 4).Select(_ => Answer().Unique).Order());
    }

    [Fact]
    public void Another_thread_reads_when_the_only_reader_is_held_up()
    {
        Send(FuseOpcode.Read, 2, Request.Bytes(new FuseReadIn { Size = 4096 }));
        Send(FuseOpcode.Read, 4, Request.Bytes(new FuseReadIn { Size = 4096 }));
        Send(FuseOpcode.Lookup, 6, "x\0"u8.ToArray());
        Assert.Equal((6UL, Errno.ENOENT), Answer());
        tree.GoOn.Set();
        Assert.Equal(new ulong[] { 2, 4 }, Enumerable.Range(0, 2).Select(_ => Answer().Unique).Order());
    }

    [Fact]
    public async Task The_end_waits_for_requests_under_way()
    {
        Send(FuseOpcode.Fsync, 2, Request.Bytes(default(FuseFsyncIn)));
        requests.CompleteAdding();
        await Assert.ThrowsAsync<TimeoutException>(() => session.WaitAsync(TimeSpan.FromMilliseconds(200)));
        tree.GoOn.Set();
        SessionEnd end = await session.WaitAsync(Patience);
        Assert.Equal(2UL, Answer().Unique);
        Assert.Equal(SessionEndReason.Unmounted, end.Reason);
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

    private sealed class WaitingTree : UnsupportedTree
    {
        public int RefusedToWait;

        public ManualResetEventSlim GoOn { get; } = new();

        public override FsError Lookup(OperationContext context, NodeId parent, ReadOnlySpan<byte> name, out Entry entry)
        {
            entry = default;
            return FsError.NotFound;
        }

        public override FsError MakeDirectory(OperationContext context, NodeId parent, ReadOnlySpan<byte> name, uint mode, uint umask, out Entry entry)
        {
            entry = default;
            if (context.Worker.MayWait)
                return FsError.AlreadyExists;
            Interlocked.Increment(ref RefusedToWait);
            return FsError.MustWait;
        }

        public override FsError Read(OperationContext context, NodeId node, ulong handle, long offset, Span<byte> buffer, out int read)
        {
            read = 0;
            GoOn.Wait();
            return FsError.None;
        }

        public override FsError Sync(OperationContext context, NodeId node, ulong handle, bool dataOnly)
        {
            GoOn.Wait();
            return FsError.None;
        }
    }
}
