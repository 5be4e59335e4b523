using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Snapshots;
using VdFs.TestKit.Memory;

namespace VdFs.Core.Tests.Engine;

/// <summary>US 8,326,803 B1, claim 1, in the eight steps that the design reads it as. Its eighth, "all on the virtual machine's own host", is how every test here runs.</summary>
public sealed class PatentClaimTests
{
    private const int Block = 4096;

    [Fact]
    public void Claim_1()
    {
        using var world = new EngineWorld();
        world.Create("disk.img");
        byte[] original = Filled(64 * Block, 1);
        world.Write("disk.img", 0, original);
        world.Cut("tonight");

        // 1. A virtual machine's write to one virtual disk file is intercepted. 2. It changes blocks 3 and 4, and what is there is found.
        var order = new List<string>();
        Watch(world, order);
        byte[] change = Filled(2 * Block, 2);
        world.Write("disk.img", 3 * Block, change);

        // 3. A snapshot exists: the data is copied to secondary storage, and the change is recorded apart from the image; the copy lies at its location.
        Assert.Contains(world.Preserve.Files, f => f.EndsWith(".data", StringComparison.Ordinal));
        string store = world.Preserve.Files.Single(f => f.EndsWith(".data", StringComparison.Ordinal));
        byte[] copied = new byte[2 * Block];
        Assert.Equal(FsError.None, world.Preserve[store].Read(3 * Block, copied, out int read));
        Assert.Equal(original.AsSpan(3 * Block, 2 * Block).ToArray(), copied[..read]);
        Assert.Equal([new Extent(3 * Block, 2 * Block)], world.Changes("disk.img", "tonight").Extents);

        // 4. Only when copy and record were complete did the write reach the image.
        string[] steps = [.. order.Where(o => o is "copy" or "sum" or "record" or "image")];
        Assert.Equal("image", steps[^1]);
        Assert.Single(steps, s => s == "image");
        Assert.True(Array.IndexOf(steps, "copy") < Array.LastIndexOf(steps, "sum"));
        Assert.True(Array.LastIndexOf(steps, "sum") < Array.LastIndexOf(steps, "record"));

        // 5. A backup reads the snapshot, and its reads of changed locations are answered from the copies.
        byte[] full = world.View("tonight", "disk.img");
        Assert.Equal(original, full);
        Assert.Equal(change, world.Content("disk.img").AsSpan(3 * Block, 2 * Block).ToArray());

        // 6. The backup is complete: the copies are released.
        world.Release("tonight");
        Assert.DoesNotContain(world.Preserve.Files, f => f.EndsWith(".data", StringComparison.Ordinal));

        // 7. Later writes go on being recorded, and the next backup copies just those locations.
        world.Write("disk.img", 10 * Block, Filled(Block, 3));
        world.Cut("next");
        ChangeReport incremental = world.Changes("disk.img", "tonight", "next");
        Assert.False(incremental.Full);
        Assert.Equal([new Extent(3 * Block, 2 * Block), new Extent(10 * Block, Block)], incremental.Extents);
        byte[] view = world.View("next", "disk.img");
        foreach (Extent extent in incremental.Extents)
            view.AsSpan((int)extent.Start, (int)extent.Length).CopyTo(full.AsSpan((int)extent.Start));
        Assert.Equal(world.Content("disk.img"), full);
    }

    /// <summary>Notes the order in which copy, sum, record and image are written.</summary>
    private static void Watch(EngineWorld world, List<string> order)
    {
        world.Preserve.Fault = operation => Note(order, operation, ("write ", ".data", "copy"), ("write ", ".sums", "sum"));
        world.State.Fault = operation => Note(order, operation, ("write ", ".changes", "record"));
        (Image _, MemoryFile file) = world.Open("disk.img");
        file.Fault = operation => Note(order, operation, ("write", "write", "image"));
    }

    private static FsError Note(List<string> order, string operation, params (string Start, string End, string Step)[] steps)
    {
        foreach ((string start, string end, string step) in steps)
        {
            if (operation.StartsWith(start, StringComparison.Ordinal) && operation.EndsWith(end, StringComparison.Ordinal))
                order.Add(step);
        }
        return FsError.None;
    }

    private static byte[] Filled(int length, int seed)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
