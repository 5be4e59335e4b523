using VdFs.Fuse.Supervision;

namespace VdFs.Fuse.Tests.Supervision;

public sealed class RestartPolicyTests
{
    private readonly RestartPolicy policy = new();

    [Fact]
    public void Workers_that_served_a_while_are_replaced_at_once_for_ever()
    {
        for (int i = 0; i < 1000; i++)
        {
            Assert.True(policy.TryAgain(RestartPolicy.Young, out TimeSpan delay));
            Assert.Equal(TimeSpan.Zero, delay);
        }
    }

    [Fact]
    public void Starts_that_never_serve_are_given_up_after_some_with_longer_and_longer_pauses()
    {
        TimeSpan before = TimeSpan.FromTicks(-1);
        for (int i = 1; i < RestartPolicy.MostFailedStarts; i++)
        {
            Assert.True(policy.TryAgain(null, out TimeSpan delay));
            Assert.True(delay > before);
            before = delay;
        }
        Assert.False(policy.TryAgain(null, out _));
    }

    [Fact]
    public void Worker_that_serves_makes_up_for_starts_that_failed()
    {
        for (int i = 0; i < 20; i++)
        {
            Assert.True(policy.TryAgain(null, out _));
            Assert.True(policy.TryAgain(TimeSpan.FromHours(1), out _));
        }
    }

    [Fact]
    public void Workers_that_die_of_what_they_serve_are_given_up_one_day()
    {
        int deaths = 1;
        while (policy.TryAgain(TimeSpan.FromMilliseconds(10), out _))
            deaths++;
        Assert.Equal(RestartPolicy.MostYoungDeaths, deaths);
    }
}
