using VdFs.Core.Errors;
using VdFs.Core.Storage;

namespace VdFs.Core.Tests.Storage;

/// <summary>Idle descriptors stay within their bound; what is in use stays open, and what was used lately stays longer.</summary>
public sealed class IdleDescriptorsTests
{
    [Fact]
    public void There_are_never_more_than_the_bound_but_for_those_in_use()
    {
        var pool = new IdleDescriptors(4);
        Thing[] things = [.. Enumerable.Range(0, 50).Select(_ => new Thing(pool))];
        Assert.InRange(things.Count(t => t.IsOpen), 3, 4);
        foreach (Thing thing in things.Take(10))
            Assert.True(thing.Enter());
        Assert.Equal(10, things.Count(t => t.IsOpen));
        foreach (Thing thing in things.Take(10))
            thing.Exit();
        _ = new Thing(pool);
        Assert.InRange(pool.Count, 1, 4);
    }

    [Fact]
    public void What_is_used_again_and_again_stays_open()
    {
        var pool = new IdleDescriptors(8);
        var used = new Thing(pool);
        for (int i = 0; i < 100; i++)
        {
            Assert.True(used.Enter());
            used.Exit();
            _ = new Thing(pool);
        }
        // Once while all of the others are as new as it is.
        Assert.InRange(used.Opened, 1, 4);
    }

    [Fact]
    public void A_want_closes_what_is_idle_and_is_tried_again_as_long_as_that_helps()
    {
        var pool = new IdleDescriptors();
        Thing[] things = [.. Enumerable.Range(0, 20).Select(_ => new Thing(pool))];
        int tries = 0;
        Assert.True(pool.TryAgain(FsError.TooManyOpenFiles, ref tries));
        Assert.InRange(things.Count(t => t.IsOpen), 1, 19);
        Assert.False(pool.TryAgain(FsError.Io, ref tries));
        Assert.False(pool.TryAgain(FsError.None, ref tries));
        while (pool.TryAgain(FsError.TooManyOpenFilesInSystem, ref tries))
            Assert.InRange(tries, 1, 100);
        Assert.DoesNotContain(things, t => t.IsOpen);
        Assert.Equal(0, pool.Count);
    }

    [Fact]
    public void What_is_closed_for_good_is_forgotten()
    {
        var pool = new IdleDescriptors(4);
        Thing[] things = [.. Enumerable.Range(0, 4).Select(_ => new Thing(pool))];
        pool.Closed(things[1]);
        pool.Closed(things[1]);
        Assert.Equal(3, pool.Count);
        pool.Closed(things[3]);
        pool.Closed(things[0]);
        pool.Closed(things[2]);
        Assert.Equal(0, pool.Count);
    }

    private sealed class Thing : IIdle
    {
        private readonly IdleDescriptors pool;
        private UseCount uses;

        public Thing(IdleDescriptors pool)
        {
            this.pool = pool;
            Opened = 1;
            pool.Opened(this);
        }

        public int Opened { get; private set; }

        public uint Uses => uses.Uses;

        public bool IsOpen => uses.IsOpen;

        public int PoolPlace { get; set; }

        public bool TryRest() => uses.TryRest();

        public bool Enter()
        {
            if (uses.TryEnter(out _))
                return true;
            uses.Wake();
            Opened++;
            bool entered = uses.TryEnter(out _);
            pool.Opened(this);
            return entered;
        }

        public void Exit() => uses.Exit();
    }
}
