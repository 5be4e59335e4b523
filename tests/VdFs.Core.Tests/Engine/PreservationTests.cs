using VdFs.Core.Errors;
using VdFs.Core.Preservation;
using VdFs.Core.Storage;
using VdFs.TestKit.Memory;

namespace VdFs.Core.Tests.Engine;

/// <summary>The ways in which blocks are preserved: shared, left out as holes, copied; and that a view can't tell.</summary>
public sealed class PreservationTests : IDisposable
{
    private const int Block = 4096;

    private readonly EngineWorld world = new(new EngineOptions { SharedBlocks = 8, HoleBlocks = 4 });
    private readonly Random random = new(1);

    public void Dispose() => world.Dispose();

    [Fact]
    public void Long_runs_are_shared_and_short_ones_copied_and_the_view_is_the_same()
    {
        MemorySharing sharing = world.Preserve.Sharing = new MemorySharing();
        byte[] before = Fill("a", 64);
        world.Cut("A");
        Overwrite("a", 0, 16);
        Overwrite("a", 20, 3);
        Overwrite("a", 40, 24);
        Assert.Equal((16 + 24) * Block, sharing.Bytes);
        Assert.Equal(before, world.View("A", "a"));
        Assert.Equal(16 + 3 + 24, world.Engine.Status().PreservedBlocks);
        world.Restart(clean: false);
        Assert.Equal(before, world.View("A", "a"));
        Assert.Equal((16 + 3 + 24) * Block, world.Engine.Status().PreservedBytes);
    }

    [Fact]
    public void What_can_not_be_shared_is_copied()
    {
        MemorySharing sharing = world.Preserve.Sharing = new MemorySharing();
        byte[] before = Fill("a", 32);
        world.Write("a", (32 * Block) - 100, new byte[50]);
        before.AsSpan((32 * Block) - 100, 50).Clear();
        world.SetLength("a", (32 * Block) - 40);
        world.Cut("A");
        // The last block ends in the middle: nothing beyond the end can be shared.
        Overwrite("a", 16, 16);
        Assert.Equal(15 * Block, sharing.Bytes);
        Assert.Equal(before[..^40], world.View("A", "a"));
    }

    [Fact]
    public void Holes_take_no_room_and_are_not_read()
    {
        world.Create("a");
        world.SetLength("a", 64 * Block);
        byte[] some = new byte[Block];
        random.NextBytes(some);
        world.Write("a", 20 * Block, some);
        byte[] before = world.Content("a");
        world.Cut("A");
        MemoryFile file = world.Open("a").File;
        int reads = 0;
        file.Fault = what =>
        {
            reads += what == "read" ? 1 : 0;
            return FsError.None;
        };
        Overwrite("a", 0, 64);
        file.Fault = null;
        // The block with data, and those behind it that are too few to be asked for.
        Assert.Equal(1, reads);
        Assert.Equal(before, world.View("A", "a"));
        Assert.Equal(Block, world.Engine.Status().PreservedBytes);
    }

    [Fact]
    public void Shared_blocks_without_room_cost_what_copied_ones_do()
    {
        world.Preserve.Sharing = new MemorySharing();
        Fill("a", 64);
        world.Cut("A");
        world.Preserve.Room.Capacity = world.Preserve.Room.Used + (4 * Block);
        Overwrite("a", 0, 32);
        Assert.Equal(FsError.Io, world.TryView("A", "a", 4096, out _));
        Assert.Contains(world.Events, e => e.Warning && e.Message.Contains("no room for its pre-images", StringComparison.Ordinal));
    }

    [Fact]
    public void Shared_blocks_that_are_gone_from_the_store_are_an_error_and_not_zeros()
    {
        world.Preserve.Sharing = new MemorySharing();
        Fill("a", 64);
        world.Cut("A");
        Overwrite("a", 0, 32);
        MemoryFile store = world.Preserve[world.Preserve.Files.Single(f => f.EndsWith(".data", StringComparison.Ordinal))];
        Assert.Equal(FsError.None, world.TryView("A", "a", 4096, out _));
        store.PunchHole(20 * Block, Block);
        Assert.Equal(FsError.Io, world.TryView("A", "a", 16 * Block, out _));
        store.SetLength(16 * Block);
        Assert.Equal(FsError.Io, world.TryView("A", "a", 64 * Block, out _));
    }

    [Fact]
    public void Sums_are_never_one_of_the_reserved_values_and_shared_ones_match_anything()
    {
        byte[] block = new byte[Block];
        Assert.Equal(BlockSum.Zeros, BlockSum.Of(block));
        random.NextBytes(block);
        uint sum = BlockSum.Of(block);
        Assert.True(BlockSum.Match([sum, BlockSum.Shared], [sum, 12345]));
        Assert.False(BlockSum.Match([sum, BlockSum.Shared], [sum + 1, 12345]));
        Assert.False(BlockSum.Match([BlockSum.None], [sum]));
    }

    private byte[] Fill(string name, int blocks)
    {
        world.Create(name);
        byte[] content = new byte[blocks * Block];
        random.NextBytes(content);
        world.Write(name, 0, content);
        return content;
    }

    private void Overwrite(string name, int first, int count)
    {
        byte[] data = new byte[count * Block];
        random.NextBytes(data);
        world.Write(name, first * Block, data);
    }
}
