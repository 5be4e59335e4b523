using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Snapshots;
using VdFs.Core.Storage;
using VdFs.Core.Tracking;
using VdFs.TestKit.Memory;

namespace VdFs.Core.Tests.Engine;

/// <summary>Writers on threads that run at once, each in a range of its own: what they share is the record's sector, and the store.</summary>
public sealed class ConcurrentTouchTests : IDisposable
{
    private const int Writers = 8;
    private const int RangeBlocks = 256;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly EngineWorld world = new();

    public void Dispose() => world.Dispose();

    [Fact]
    public void No_bit_and_no_pre_image_is_lost_between_ranges_of_one_sector()
    {
        byte[] before = new byte[Writers * RangeBlocks * Block.Size];
        new Random(1).NextBytes(before);
        world.Create("a");
        world.Write("a", 0, before);
        for (int round = 0; round < 5; round++)
        {
            byte[] held = world.Content("a");
            world.Cut($"c{round}");
            TouchAll((byte)round);
            Expect($"c{round}", held);
            world.Restart(clean: false);
            Expect($"c{round}", held);
        }
    }

    private void TouchAll(byte value)
    {
        (Image image, MemoryFile file) = world.Open("a");
        using var together = new Barrier(Writers);
        Task[] writers = [.. Enumerable.Range(0, Writers).Select(number => Task.Factory.StartNew(
            () => Touch(image, file, number, value, together), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default))];
        Assert.True(Task.WaitAll(writers, Limit), "writers wait for each other");
    }

    private void Touch(Image image, MemoryFile file, int number, byte value, Barrier together)
    {
        using var worker = new Worker(world.Engine.Gate, mayWait: true);
        byte[] data = new byte[Block.Size];
        Array.Fill(data, value);
        Assert.True(together.SignalAndWait(Limit));
        for (int i = 0; i < RangeBlocks; i++)
            Assert.Equal(FsError.None, image.Write(worker, file, ((number * RangeBlocks) + i) * (long)Block.Size, data, WriteDurability.None, out _));
    }

    private void Expect(string cut, byte[] held)
    {
        Assert.Equal(held, world.View(cut, "a"));
        Extent run = Assert.Single(world.Changes("a", cut).Extents);
        Assert.Equal((0, held.Length), (run.Start, run.Length));
    }
}
