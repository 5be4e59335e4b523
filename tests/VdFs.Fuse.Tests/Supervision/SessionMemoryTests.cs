using VdFs.Core.Errors;
using VdFs.Fuse.Native;
using VdFs.Fuse.Protocol;
using VdFs.Fuse.Supervision;

namespace VdFs.Fuse.Tests.Supervision;

public sealed unsafe class SessionMemoryTests
{
    [Fact]
    public void Later_worker_finds_what_was_negotiated_and_how_often_one_was_replaced()
    {
        Assert.Equal(FsError.None, SessionMemory.Create(out SessionMemory? first));
        using (first)
        {
            var agreed = new NegotiatedProtocol(7, 45, FuseInitFlags.InitExt | FuseInitFlags.HasResend, (FuseInitFlags)ulong.MaxValue);
            Assert.False(first!.Negotiated.IsSettled);
            first.Negotiated = agreed;
            Assert.Null(first.LastPause);
            first.NoteEnd();
            Thread.Sleep(2);
            first.NoteSuccession();
            Assert.Equal(FsError.None, SessionMemory.Adopt(ProcessCalls.Duplicate(first.FileDescriptor), out SessionMemory? second));
            using (second)
            {
                Assert.Equal(agreed, second!.Negotiated);
                Assert.Equal(1, second.Restarts);
                Assert.InRange(second.LastPause!.Value, TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(1));
            }
        }
    }

    [Fact]
    public void Later_worker_finds_which_cut_was_refused()
    {
        Assert.Equal(FsError.None, SessionMemory.Create(out SessionMemory? first));
        using (first)
        {
            Assert.Null(first!.Refused);
            byte[] id = [.. Enumerable.Range(1, 16).Select(i => (byte)i)];
            first.Refused = new(id, 3);
            Assert.Equal(FsError.None, SessionMemory.Adopt(ProcessCalls.Duplicate(first.FileDescriptor), out SessionMemory? second));
            using (second)
            {
                Assert.Equal(id, second!.Refused!.CutId);
                Assert.Equal(3, second.Refused.Renamed);
                second.Refused = null;
                Assert.Null(first.Refused);
            }
        }
    }

    [Fact]
    public void Memory_of_another_version_is_refused()
    {
        Assert.Equal(FsError.None, SessionMemory.Create(out SessionMemory? memory));
        using (memory)
        {
            Assert.Equal(FsError.None, SharedRegion.Adopt(ProcessCalls.Duplicate(memory!.FileDescriptor), out SharedRegion? region));
            ((uint*)region!.Pointer)[2]++;
            region.Dispose();
            int copy = ProcessCalls.Duplicate(memory.FileDescriptor);
            Assert.Equal(FsError.NotSupported, SessionMemory.Adopt(copy, out _));
            ProcessCalls.Close(copy);
        }
    }
}
