using System.Runtime.InteropServices;
using VdFs.Core.Errors;
using VdFs.Core.Storage;
using VdFs.FileSystem.Tree;
using VdFs.Fuse.Native;
using VdFs.Fuse.Session;

namespace VdFs.Fuse.Tests.Session;

public sealed class AllocationTests
{
    private const int Warmup = 30_000;
    private const int Measured = 100_000;

    [Fact]
    public void Reads_writes_and_lookups_allocate_nothing()
    {
        byte[][] requests =
        [
            Request.Make(FuseOpcode.Read, 2, 2, Request.Bytes(new FuseReadIn { Offset = 8192, Size = 4096 })),
            Request.Make(FuseOpcode.Write, 4, 2, Request.Bytes(new FuseWriteIn { Offset = 4096, Size = 4096 }), new byte[4096]),
            Request.Make(FuseOpcode.Lookup, 6, 1, "image\0"u8.ToArray()),
            Request.Make(FuseOpcode.Getattr, 8, 2, Request.Bytes(default(FuseGetattrIn))),
            Request.Make(FuseOpcode.Forget, 10, 2, Request.Bytes(new FuseForgetIn { Nlookup = 1 })),
        ];
        long before = 0, after = 0;
        var transport = new ScriptedTransport(i =>
        {
            // Called on the serving thread itself.
            if (i == Warmup)
                before = GC.GetAllocatedBytesForCurrentThread();
            if (i == Warmup + Measured)
                after = GC.GetAllocatedBytesForCurrentThread();
            return i <= Warmup + Measured ? requests[i % requests.Length] : null;
        });
        using var tree = new ZeroTree();
        new FuseSession(transport, tree, new SessionOptions { Threads = 1 }, new RecordingLog()).Run();
        Assert.Equal(0, after - before);
        Assert.InRange(transport.Answers, (Warmup + Measured) / 5 * 4, (Warmup + Measured + 5) / 5 * 4);
    }

    /// <summary>One file of zeros that takes every write.</summary>
    private sealed class ZeroTree : UnsupportedTree
    {
        public override FsError Lookup(OperationContext context, NodeId parent, ReadOnlySpan<byte> name, out Entry entry)
        {
            entry = new Entry { Node = new NodeId(2), Inode = 2 };
            return FsError.None;
        }

        public override FsError GetAttributes(OperationContext context, NodeId node, ulong? handle, out FileAttributes attributes, out ulong inode, out TimeSpan valid)
        {
            attributes = default;
            inode = 2;
            valid = TimeSpan.Zero;
            return FsError.None;
        }

        public override FsError Read(OperationContext context, NodeId node, ulong handle, long offset, Span<byte> buffer, out int read)
        {
            Assert.True(IsPageAligned(buffer));
            buffer.Clear();
            read = buffer.Length;
            return FsError.None;
        }

        public override FsError Write(OperationContext context, NodeId node, ulong handle, long offset, ReadOnlySpan<byte> data, WriteDurability durability, bool killPrivileges, out int written)
        {
            Assert.True(IsPageAligned(data));
            written = data.Length;
            return FsError.None;
        }

        private static unsafe bool IsPageAligned(ReadOnlySpan<byte> data)
        {
            fixed (byte* start = &MemoryMarshal.GetReference(data))
                return ((nuint)start & 4095) == 0;
        }
    }
}
