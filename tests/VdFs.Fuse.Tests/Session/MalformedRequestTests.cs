using System.Runtime.InteropServices;
using VdFs.Fuse.Native;
using VdFs.Fuse.Session;

namespace VdFs.Fuse.Tests.Session;

public sealed class MalformedRequestTests
{
    private static SessionEnd Serve(List<byte[]> requests, ScriptedTransport.Answered onAnswer, out RecordingLog log)
    {
        log = new RecordingLog();
        using var tree = new MemoryTree();
        var transport = new ScriptedTransport(i => i < requests.Count ? requests[i] : null) { OnAnswer = onAnswer };
        return new FuseSession(transport, tree, new SessionOptions { Threads = 1, SlowThreads = 1 }, log).Run();
    }

    [Fact]
    public void Garbage_of_every_opcode_and_length_is_answered_and_serving_goes_on()
    {
        const int seed = 20261122;
        var random = new Random(seed);
        var requests = new List<byte[]>();
        var expected = new HashSet<ulong>();
        ulong unique = 2;
        for (uint opcode = 0; opcode < 60; opcode++)
        {
            for (int length = 0; length < 160; length += length < 60 ? 3 : 17)
            {
                byte[] body = new byte[length];
                random.NextBytes(body);
                byte[] request = Request.Make((FuseOpcode)opcode, unique, (ulong)random.Next(1, 4), body);
                requests.Add(request);
                if ((FuseOpcode)opcode is not (FuseOpcode.Forget or FuseOpcode.BatchForget))
                    expected.Add(unique);
                unique += 2;
            }
        }
        var answered = new List<ulong>();
        SessionEnd end = Serve(requests, (_, id, _) => { lock (answered) answered.Add(id); }, out RecordingLog log);
        Assert.Equal(SessionEndReason.Unmounted, end.Reason);
        Assert.True(expected.SetEquals(answered), $"seed {seed}");
        Assert.Equal(expected.Count, answered.Count);
        Assert.InRange(log.Lines.Count, 1, 40);
    }

    [Fact]
    public void Lengths_in_the_header_that_lie_are_answered_with_an_error()
    {
        byte[] tooLong = Request.Make(FuseOpcode.Getattr, 10, 1, Request.Bytes(default(FuseGetattrIn)));
        MemoryMarshal.Write(tooLong, uint.MaxValue);
        byte[] tooShort = Request.Make(FuseOpcode.Getattr, 12, 1, Request.Bytes(default(FuseGetattrIn)));
        MemoryMarshal.Write(tooShort, 39u);
        byte[] extension = Request.Make(FuseOpcode.Getattr, 14, 1, Request.Bytes(default(FuseGetattrIn)));
        MemoryMarshal.Write(extension.AsSpan(36), ushort.MaxValue);
        byte[] half = Request.Make(FuseOpcode.Getattr, 16, 1)[..20];
        var errors = new Dictionary<ulong, int>();
        Serve([tooLong, tooShort, extension, half], (errno, id, _) => errors.Add(id, errno), out RecordingLog log);
        Assert.Equal(new Dictionary<ulong, int> { [10] = Errno.EINVAL, [12] = Errno.EINVAL, [14] = Errno.EINVAL }, errors);
        Assert.Equal(4, log.Lines.Count);
    }

    [Theory]
    [InlineData("")]
    [InlineData("no-end")]
    [InlineData(".\0")]
    [InlineData("..\0")]
    [InlineData("\0")]
    [InlineData("a/b\0")]
    public void Names_that_are_none_are_refused(string name)
    {
        byte[] bytes = System.Text.Encoding.ASCII.GetBytes(name);
        int error = 0;
        Serve([Request.Make(FuseOpcode.Lookup, 2, 1, bytes)], (errno, _, _) => error = errno, out _);
        Assert.Equal(Errno.EINVAL, error);
    }

    [Fact]
    public void A_write_that_announces_more_than_it_brings_is_refused()
    {
        var write = new FuseWriteIn { Size = 1 << 30 };
        int error = 0;
        Serve([Request.Make(FuseOpcode.Write, 2, 1, Request.Bytes(write), new byte[100])], (errno, _, _) => error = errno, out _);
        Assert.Equal(Errno.EINVAL, error);
    }

    [Fact]
    public void Requests_sent_again_are_answered_by_their_own_number()
    {
        const ulong unique = (1UL << 63) | 8;
        ulong echoed = 0;
        Serve([Request.Make(FuseOpcode.Getattr, unique, 1, Request.Bytes(default(FuseGetattrIn)))], (_, id, _) => echoed = id, out _);
        Assert.Equal(unique, echoed);
    }

    [Theory]
    [InlineData(FuseOpcode.Interrupt, Errno.ENOSYS)]
    [InlineData(FuseOpcode.Access, Errno.ENOSYS)]
    [InlineData(FuseOpcode.Poll, Errno.ENOSYS)]
    [InlineData((FuseOpcode)4711, Errno.ENOSYS)]
    [InlineData(FuseOpcode.Ioctl, 25)]
    [InlineData(FuseOpcode.Destroy, 0)]
    internal void Operations_that_are_not_offered_say_so(FuseOpcode opcode, int expected)
    {
        int error = -1;
        Serve([Request.Make(opcode, 2, 1, new byte[64])], (errno, _, _) => error = errno, out _);
        Assert.Equal(expected, error);
    }

    [Fact]
    public void What_the_tree_throws_becomes_an_io_error_and_is_logged_with_its_request()
    {
        int error = 0;
        Serve([Request.Make(FuseOpcode.Getattr, 2, 0xDEAD, Request.Bytes(default(FuseGetattrIn)))], (errno, _, _) => error = errno, out RecordingLog log);
        Assert.Equal(Errno.EIO, error);
        string line = Assert.Single(log.Lines);
        Assert.Contains("Getattr of node dead", line, StringComparison.Ordinal);
        Assert.Contains(nameof(KeyNotFoundException), line, StringComparison.Ordinal);
    }
}
