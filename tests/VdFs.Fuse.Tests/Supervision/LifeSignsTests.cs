using System.Diagnostics;
using VdFs.Fuse.Supervision;

namespace VdFs.Fuse.Tests.Supervision;

public sealed class LifeSignsTests
{
    private static readonly long Second = Stopwatch.Frequency;
    private readonly LifeSigns life = new(TimeSpan.FromSeconds(60));
    private long now;

    public LifeSignsTests() => life.Begin(now);

    [Fact]
    public void Worker_that_answers_is_asked_on_and_on()
    {
        for (int i = 0; i < 100; i++)
        {
            Assert.Equal(15_000, life.Wait(now));
            Assert.False(life.IsDue(now += 14 * Second, out _));
            Assert.True(Ask(Second));
            life.NoteAnswer();
        }
    }

    [Fact]
    public void Worker_that_falls_silent_hangs_after_the_limit_and_not_before()
    {
        Assert.True(Ask(15 * Second));
        life.NoteAnswer();
        for (int i = 0; i < 4; i++)
            Assert.True(Ask(15 * Second));
        Assert.False(life.IsDue(now += 15 * Second, out bool hangs));
        Assert.True(hangs);
    }

    [Fact]
    public void One_answer_within_the_limit_is_enough()
    {
        for (int i = 0; i < 100; i++)
        {
            Assert.True(Ask(15 * Second));
            if (i % 4 == 0)
                life.NoteAnswer();
        }
    }

    /// <summary>A machine that was suspended.</summary>
    [Fact]
    public void A_gap_in_time_counts_as_one_question()
    {
        Assert.True(Ask(15 * Second));
        life.NoteAnswer();
        Assert.True(Ask(15 * Second));
        Assert.True(Ask(100_000 * Second));
        life.NoteAnswer();
        Assert.True(Ask(15 * Second));
    }

    [Fact]
    public void Worker_of_a_build_that_never_answers_is_not_judged()
    {
        for (int i = 0; i < 100; i++)
            Assert.True(Ask(15 * Second));
        life.NoteAnswer();
        life.Begin(now);
        for (int i = 0; i < 100; i++)
            Assert.True(Ask(15 * Second));
    }

    [Fact]
    public void Without_a_limit_nothing_is_asked()
    {
        var never = new LifeSigns(TimeSpan.Zero);
        Assert.Equal(-1, never.Wait(now));
        Assert.False(never.IsDue(now + (1000 * Second), out bool hangs));
        Assert.False(hangs);
    }

    private bool Ask(long later)
    {
        bool due = life.IsDue(now += later, out bool hangs);
        Assert.False(hangs);
        return due;
    }
}
