using VdFs.Fuse.Supervision;

namespace VdFs.Fuse.Tests.Supervision;

public sealed class GuardWatchTests
{
    private const int Worker = 7;
    private readonly GuardWatch watch = new();
    private bool isShort = true;

    public GuardWatchTests() => Look(0, busy: false);

    [Fact]
    public void A_worker_that_stands_still_while_memory_is_used_up_is_killed_and_then_its_connection_ends_within_the_limit()
    {
        List<GuardStep> steps = [.. Enumerable.Range(0, GuardWatch.Looks + 1).Select(_ => Look(1, busy: true))];
        Assert.Equal(GuardStep.Abort, steps[^1]);
        Assert.Single(steps, GuardStep.Kill);
        Assert.InRange(steps.IndexOf(GuardStep.Kill), GuardWatch.Looks / 2, GuardWatch.Looks - 1);
    }

    [Fact]
    public void A_worker_that_dies_is_followed_by_another_one_which_gets_the_whole_limit()
    {
        while (Look(1, busy: true) != GuardStep.Kill)
            continue;
        Assert.Equal(GuardStep.Replaced, Look(0, busy: false, worker: 8));
        for (int i = 0; i < GuardWatch.Looks / 2; i++)
            Assert.Equal(GuardStep.None, Look(1, busy: true, worker: 8));
    }

    [Fact]
    public void With_memory_left_a_disk_may_be_as_slow_as_it_likes()
    {
        isShort = false;
        for (int i = 0; i < 10 * GuardWatch.Looks; i++)
            Assert.Equal(GuardStep.None, Look(1, busy: true));
    }

    [Fact]
    public void One_thread_that_gets_on_is_enough()
    {
        for (int i = 0; i < 10 * GuardWatch.Looks; i++)
            Assert.Equal(GuardStep.None, Look(1 + (i / (GuardWatch.Looks / 2)), busy: true));
    }

    [Fact]
    public void An_idle_mount_and_one_without_a_worker_are_left_alone()
    {
        for (int i = 0; i < 10 * GuardWatch.Looks; i++)
            Assert.Equal(GuardStep.None, Look(1, busy: false));
        Look(1, busy: true, worker: 0);
        for (int i = 0; i < 10 * GuardWatch.Looks; i++)
            Assert.Equal(GuardStep.None, Look(1, busy: true, worker: 0));
    }

    [Fact]
    public void Looking_allocates_nothing()
    {
        Func<bool> asked = () => isShort;
        watch.Look(1, busy: true, Worker, asked);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 2 * GuardWatch.Looks; i++)
            watch.Look(1, busy: true, Worker, asked);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    private GuardStep Look(long signs, bool busy, int worker = Worker) => watch.Look(signs, busy, worker, () => isShort);
}
