using VdFs.Core.Inodes;

namespace VdFs.Core.Tests.Inodes;

/// <summary>A number is given to one only, for as long as there are free ones.</summary>
public sealed class InodePoolTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void No_number_is_given_while_anything_has_it_until_all_are_used(int seed)
    {
        var random = new Random(seed);
        var kept = new List<InodeRange[]>();
        var pool = new InodePool(new(100, 200), default, () => kept.SelectMany(k => k));
        for (int step = 0; step < 3000; step++)
        {
            int used = kept.Sum(k => k.Sum(r => (int)r.Count));
            if (kept.Count > 0 && (used > 80 || random.Next(2) == 0))
            {
                kept.RemoveAt(random.Next(kept.Count));
                continue;
            }
            int count = random.Next(1, 101 - used);
            InodeRange[]? given = random.Next(3) == 0 ? pool.TakeRow(count) is { } row ? [row] : null : pool.Take(count);
            if (given is null)
                continue;
            Assert.Equal(count, given.Sum(r => (int)r.Count));
            HashSet<uint> taken = [.. kept.SelectMany(k => k).SelectMany(Each)];
            Assert.All(given.SelectMany(Each), n => Assert.True(n is >= 100 and < 200 && taken.Add(n), $"{n} was given twice (seed {seed}, step {step})"));
            kept.Add(given);
            pool.Settle(given);
        }
    }

    [Fact]
    public void What_is_not_settled_is_not_given_again_though_nothing_kept_has_it()
    {
        var pool = new InodePool(new(10, 20), default, () => []);
        InodeRange[] first = pool.Take(4);
        Assert.Equal([new(10, 14)], first);
        Assert.Equal([new(14, 20)], pool.Take(6));
        // A second use of the first ones only after they are let go.
        pool.Settle(first);
        Assert.Equal([new(10, 14)], pool.Take(4));
    }

    [Fact]
    public void It_goes_on_where_it_stopped_and_passes_by_what_came_after_that()
    {
        var pool = new InodePool(new(10, 20), new(12, 20), () => []);
        pool.Skip(15);
        pool.Skip(11);
        pool.Skip(13);
        Assert.Equal([new(16, 18)], pool.Take(2));
        Assert.Equal(new InodeRange(18, 20), pool.Window);
    }

    [Fact]
    public void Beyond_the_last_free_one_numbers_are_shared_and_nothing_fails()
    {
        var pool = new InodePool(new(10, 13), default, () => [new(10, 13)]);
        Assert.Equal(5, pool.Take(5).Sum(r => r.Count));
        Assert.Null(pool.TakeRow(4));
    }

    private static IEnumerable<uint> Each(InodeRange range) => Enumerable.Range((int)range.First, (int)range.Count).Select(n => (uint)n);
}
