using System.Diagnostics;
using VdFs.Fuse.Transport;

namespace VdFs.Fuse.Tests.Transport;

public sealed class AskingDepthTests
{
    private static readonly long Microsecond = Stopwatch.Frequency / 1_000_000;

    private readonly AskingDepth depth = new();

    [Fact]
    public void One_request_at_a_time_is_asked_for_one_at_a_time()
    {
        for (int i = 0; i < 1000; i++)
            Round(found: 0, microseconds: 4);
        Assert.Equal(1, depth.Now);
    }

    [Fact]
    public void A_queue_that_is_never_empty_is_emptied_in_large_steps()
    {
        for (int i = 0; i < 100; i++)
            Round(found: depth.Now, microseconds: 4);
        Assert.Equal(AskingDepth.Most, depth.Now);
        for (int i = 0; i < 100; i++)
            Round(found: 0, microseconds: 4);
        Assert.Equal(1, depth.Now);
    }

    [Fact]
    public void Slow_requests_are_fetched_one_at_a_time_so_that_none_waits_for_others_in_the_same_hand()
    {
        for (int i = 0; i < 100; i++)
            Round(found: depth.Now, microseconds: 150);
        Assert.Equal(1, depth.Now);
        for (int i = 0; i < 100; i++)
            Round(found: depth.Now, microseconds: 15);
        Assert.InRange(depth.Now, 2, 5);
    }

    private void Round(int found, int microseconds)
    {
        depth.NoteFound(found);
        int requests = Math.Max(1, found);
        depth.NoteServed(requests, requests * microseconds * Microsecond);
    }
}
