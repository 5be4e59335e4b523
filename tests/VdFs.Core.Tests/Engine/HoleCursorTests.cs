using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Storage;
using VdFs.TestKit.Memory;
using FileAttributes = VdFs.Core.Storage.FileAttributes;

namespace VdFs.Core.Tests.Engine;

/// <summary>Where data and holes lie is asked in proportion to what is asked about or to the extents there are, whichever is less.</summary>
public sealed class HoleCursorTests
{
    private const int Blocks = 4096;

    /// <summary>As on tmpfs: nothing but SEEK_HOLE tells where data ends, and that looks at all of it.</summary>
    [Fact]
    public void A_delta_of_many_runs_asks_once_for_the_end_of_the_data()
    {
        using var world = new EngineWorld();
        world.Create("a");
        world.Write("a", 0, Enumerable.Repeat((byte)1, Blocks << 12).ToArray());
        world.Cut("A");
        for (int block = 1; block < Blocks; block += 4)
            world.Write("a", (long)block << 12, Enumerable.Repeat((byte)2, 4096).ToArray());
        world.Cut("B");
        using var file = new CountingFile(world.Tree.Open("a"), extent: 0);
        (Image image, _) = world.Open("a");
        foreach (string older in new[] { "A", "" })
        {
            file.Asked = 0;
            VdFs.Core.Deltas.Delta laid = world.Find(older, "B");
            Assert.True(world.Engine.LayOut(laid, laid.Newer.Files.FindPath("a"u8)!, image, file, out _).Succeeded);
            Assert.InRange(file.Asked, 1, 3);
        }
        // A view too, though every other run of it lies in a store.
        world.Write("a", 0, Enumerable.Repeat((byte)3, 4096).ToArray());
        file.Asked = 0;
        Assert.Equal(FsError.None, image.SeekView(world.Engine.Snapshots.FindHeld("A")!.Number, (long)Blocks << 12, file, 0, hole: true, out long hole));
        Assert.Equal((long)Blocks << 12, hole);
        Assert.InRange(file.Asked, 0, 3);
    }

    /// <param name="run">Blocks of a run that is asked about; a gap of as many follows.</param>
    /// <param name="extent">Blocks of an extent.</param>
    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 512)]
    [InlineData(64, 1)]
    [InlineData(4096, 1)]
    public void Runs_cost_what_is_asked_about_or_the_extents(int run, int extent)
    {
        using var memory = new MemoryFile();
        Assert.Equal(FsError.None, memory.Write(0, new byte[Blocks << 12].Select(_ => (byte)1).ToArray(), out _));
        using var file = new CountingFile(memory, extent);
        var cursor = new HoleCursor(file);
        int runs = 0;
        for (long first = 0; first < Blocks; first += 2 * run, runs++)
        {
            for (long at = first << 12; at < Math.Min(Blocks, first + run) << 12;)
            {
                Assert.Equal(FsError.None, cursor.Look(at, out bool hole, out long end));
                Assert.False(hole);
                at = end;
            }
        }
        Assert.InRange(file.Extents, 1, Math.Min((long)Blocks, 32L * runs + (long)run * runs) * 2);
        Assert.InRange(file.Asked, 1, 2 * Math.Max(1, Math.Min((long)runs * ((run / 16) + 6), (Blocks / extent) + 2)));
        Assert.Equal(0, file.Holes);
    }

    [Fact]
    public void Holes_and_data_are_told_as_they_are()
    {
        using var memory = new MemoryFile();
        foreach (long block in new[] { 0L, 1, 5, 9, 10, 11 })
            Assert.Equal(FsError.None, memory.Write(block << 12, new byte[4096].Select(_ => (byte)1).ToArray(), out _));
        Assert.Equal(FsError.None, memory.SetLength(20 << 12));
        foreach (int extent in new[] { 0, 1, 3 })
        {
            using var file = new CountingFile(memory, extent);
            var cursor = new HoleCursor(file);
            foreach (long start in new[] { 0L, 5, 3, 19, 0 })
            {
                for (long at = start << 12; at < 20 << 12;)
                {
                    Assert.Equal(FsError.None, cursor.Look(at, out bool hole, out long end));
                    for (long block = at >> 12; block << 12 < Math.Min(end, 20 << 12); block++)
                        Assert.Equal(block is not (0 or 1 or 5 or 9 or 10 or 11), hole);
                    at = end;
                }
            }
        }
    }

    /// <param name="file">What it is.</param>
    /// <param name="extent">Blocks of each of its extents; 0: the filesystem doesn't tell them.</param>
    private sealed class CountingFile(MemoryFile file, int extent) : IBackingFile
    {
        /// <summary>Calls that asked where data or holes are.</summary>
        public int Asked { get; set; }

        /// <summary>Of those, the ones that looked for a hole however far away.</summary>
        public int Holes { get; private set; }

        public long Extents { get; private set; }

        public FsError FindDataEnd(long offset, int extents, out long end)
        {
            end = offset;
            if (extent == 0)
                return FsError.NotSupported;
            Asked++;
            Extents += extents;
            for (int i = 0; i < extents; i++)
            {
                long next = ((end >> 12) / extent + 1) * extent << 12;
                for (; end < next; end += 4096)
                {
                    if (file.SeekData(end, out long data) != FsError.None || data > end)
                        return FsError.None;
                }
            }
            return FsError.None;
        }

        public FsError SeekData(long offset, out long data)
        {
            Asked++;
            return file.SeekData(offset, out data);
        }

        public FsError SeekHole(long offset, out long hole)
        {
            Asked++;
            Holes++;
            return file.SeekHole(offset, out hole);
        }

        public FsError Read(long offset, Span<byte> buffer, out int read) => file.Read(offset, buffer, out read);

        public FsError Write(long offset, ReadOnlySpan<byte> data, out int written) => file.Write(offset, data, out written);

        public FsError Write(long offset, ReadOnlySpan<byte> data, WriteDurability durability, out int written) => file.Write(offset, data, durability, out written);

        public FsError Sync(bool dataOnly) => file.Sync(dataOnly);

        public FsError GetLength(out long length) => file.GetLength(out length);

        public FsError SetLength(long length) => file.SetLength(length);

        public FsError PunchHole(long offset, long length) => file.PunchHole(offset, length);

        public FsError Allocate(AllocateMode mode, long offset, long length) => file.Allocate(mode, offset, length);

        public FsError CopyFrom(IBackingFile source, long sourceOffset, long offset, long length, out long copied) =>
            file.CopyFrom(source, sourceOffset, offset, length, out copied);

        public FsError GetAttributes(out FileAttributes attributes) => file.GetAttributes(out attributes);

        public void Dispose() => file.Dispose();
    }
}
