using VdFs.Core.Errors;
using VdFs.Core.Inodes;
using VdFs.Core.Storage;
using VdFs.TestKit.Memory;

namespace VdFs.Core.Tests.Inodes;

/// <summary>Live files whose own numbers don't fit get numbers that last.</summary>
public sealed class LiveInodesTests
{
    private const ulong Large = 0x12_8000_0080;

    private readonly MemoryStorage state = new();

    [Fact]
    public void A_number_lasts_over_mounts_and_belongs_to_one_file()
    {
        uint[] numbers = [.. Give(5)];
        Assert.Equal(5, numbers.Distinct().Count());
        Assert.All(numbers, n => Assert.True(n >= 0x8000_0002));
        // Device numbers are others after each mount; the filesystem's id is the same.
        Assert.Equal(numbers, Give(5, device: 99));
        Assert.Empty(numbers.Intersect(Give(5, fileSystem: 2)));
    }

    [Fact]
    public void What_was_given_before_damage_or_a_torn_end_stays_and_the_rest_comes_anew()
    {
        uint[] numbers = [.. Give(5)];
        Assert.Equal(FsError.None, state.Open("inodes", StorageOpen.Existing, out IFile? file));
        Assert.Equal(FsError.None, file!.Write(24 + (3 * 24) + 5, [0xFF], out _));
        uint[] again = [.. Give(5)];
        Assert.Equal(numbers[..3], again[..3]);
        Assert.Equal(5, again.Distinct().Count());
        Assert.Equal(FsError.None, file.SetLength(24 + (4 * 24) + 10));
        Assert.Equal(again[..4], Give(4));
        Assert.Equal(FsError.None, file.Write(0, "junk"u8, out _));
        Assert.Equal(5, Give(5).Distinct().Count());
        Assert.Equal(6, Give(6).Distinct().Count());
    }

    [Fact]
    public void Numbers_of_files_that_are_gone_do_not_pile_up()
    {
        using var inodes = Open(out InodePool pool);
        for (int i = 0; i < 20_000; i++)
            _ = inodes.Of(new FileKey(8, Large + (ulong)i), () => 1);
        long mark = inodes.Mark();
        uint young = inodes.Of(new FileKey(8, Large + 50_000), () => 1);
        uint kept = inodes.Of(new FileKey(8, Large + 7), () => 1);
        inodes.Forget([new FileKey(8, Large + 7)], mark);
        Assert.Equal(2, inodes.Count);
        Assert.Equal(young, inodes.Of(new FileKey(8, Large + 50_000), () => 1));
        Assert.Equal(FsError.None, state.Open("inodes", StorageOpen.Existing, out IFile? file));
        Assert.Equal(FsError.None, file!.GetLength(out long length));
        Assert.Equal(3 * 24, length);
        using var next = Open(out _);
        Assert.Equal(kept, next.Of(new FileKey(8, Large + 7), () => 1));
    }

    private uint[] Give(int count, ulong device = 8, ulong fileSystem = 1)
    {
        using var inodes = Open(out _);
        return [.. Enumerable.Range(0, count).Select(i => inodes.Of(new FileKey(device, Large + (ulong)i), () => fileSystem))];
    }

    private LiveInodes Open(out InodePool pool)
    {
        var inodes = new LiveInodes(state);
        Assert.Equal(FsError.None, inodes.Read());
        pool = new InodePool(InodePool.All, default, inodes.Ranges);
        foreach (InodeRange range in inodes.Ranges())
            pool.Skip(range.First);
        inodes.Pool = pool;
        return inodes;
    }
}
