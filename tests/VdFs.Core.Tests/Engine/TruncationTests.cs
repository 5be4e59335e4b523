using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Snapshots;
using VdFs.Core.Storage;
using VdFs.TestKit.Memory;

namespace VdFs.Core.Tests.Engine;

/// <summary>What a truncation takes away stays in snapshots, however it meets writers and cuts.</summary>
public sealed class TruncationTests
{
    [Fact]
    public void What_was_written_and_cut_between_a_truncations_first_look_and_its_passage_stays_in_the_snapshot()
    {
        using var world = new EngineWorld();
        world.Create("a");
        byte[] content = new byte[Image.PieceSize + (3 << 20)];
        new Random(1).NextBytes(content);
        (Image image, MemoryFile file) = world.Open("a");
        var meanwhile = new FileBetween(file, () =>
        {
            world.Write("a", 0, content);
            world.Cut("s");
        });
        using var worker = new Worker(world.Engine.Gate, mayWait: true);
        Assert.Equal(FsError.None, image.SetLength(worker, meanwhile, 0));
        Assert.Equal(content, world.View("s", "a"));
    }

    /// <summary>
    /// A delta from A to C leaves out what the records don't have, and A's file shows there. So all that A had as data beyond the smallest size in between must be
    /// in them, though the image has its old size again; holes need not be, for they read as zeros in A as well.
    /// </summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1000)]
    [InlineData(4096)]
    [InlineData(50_000)]
    [InlineData((8 << 20) + 5)]
    public void What_was_cut_off_counts_as_changed_though_the_image_grew_again(int smallest)
    {
        const int size = 20 << 20;
        using var world = new EngineWorld();
        world.Create("a");
        world.SetLength("a", size);
        byte[] before = new byte[size];
        var random = new Random(smallest);
        foreach (int at in new[] { 0, 40_000, 60_000, 9 << 20, 12 << 20, size - 5000 })
        {
            byte[] piece = new byte[5000];
            random.NextBytes(piece);
            piece.CopyTo(before, at);
            world.Write("a", at, piece);
        }
        world.Cut("A");
        world.SetLength("a", smallest);
        world.Cut("B");
        world.SetLength("a", size);
        world.Cut("C");
        byte[] after = world.View("C", "a");
        ChangeReport report = world.Changes("a", "A", "C");
        Assert.False(report.Full);
        byte[] patched = [.. before];
        foreach (Extent extent in report.Extents)
            after.AsSpan((int)extent.Start, (int)extent.Length).CopyTo(patched.AsSpan((int)extent.Start));
        Assert.Equal(after, patched);
        // From B on nothing but the growth is told: what lies beyond B's size reads as zeros there.
        Assert.Single(world.Changes("a", "B", "C").Extents);
    }

    /// <summary>A file whose length, once told, is out of date at once.</summary>
    private sealed class FileBetween(MemoryFile file, Action once) : IBackingFile
    {
        private Action? next = once;

        public FsError GetLength(out long length)
        {
            FsError error = file.GetLength(out length);
            Action? now = next;
            next = null;
            now?.Invoke();
            return error;
        }

        public FsError Read(long offset, Span<byte> buffer, out int read) => file.Read(offset, buffer, out read);

        public FsError Write(long offset, ReadOnlySpan<byte> data, out int written) => file.Write(offset, data, out written);

        public FsError Write(long offset, ReadOnlySpan<byte> data, WriteDurability durability, out int written) => file.Write(offset, data, durability, out written);

        public FsError Sync(bool dataOnly) => file.Sync(dataOnly);

        public FsError SetLength(long length) => file.SetLength(length);

        public FsError PunchHole(long offset, long length) => file.PunchHole(offset, length);

        public FsError SeekData(long offset, out long data) => file.SeekData(offset, out data);

        public FsError SeekHole(long offset, out long hole) => file.SeekHole(offset, out hole);

        public FsError Allocate(AllocateMode mode, long offset, long length) => file.Allocate(mode, offset, length);

        public FsError CopyFrom(IBackingFile source, long sourceOffset, long offset, long length, out long copied) =>
            file.CopyFrom(source, sourceOffset, offset, length, out copied);

        public FsError GetAttributes(out FileAttributes attributes) => file.GetAttributes(out attributes);

        public void Dispose()
        {
        }
    }
}
