using VdFs.Core.Errors;
using VdFs.Core.Storage;
using VdFs.FileSystem.Journal;
using VdFs.FileSystem.Tests.Tree;

namespace VdFs.FileSystem.Tests.Journal;

public sealed class RequestJournalTests : IDisposable
{
    private const int Slots = 4;
    private readonly TableSpace space = new(1024 * Slots);

    public void Dispose() => space.Dispose();

    [Fact]
    public void Later_worker_sees_what_was_begun_and_what_came_of_it()
    {
        Begin(1, ended: false);
        Begin(2, ended: true);
        JournaledRequest one = Later(1, out JournaledRequest two);
        Assert.Equal(JournalState.Begun, one.Former);
        Assert.Equal(new FileKey(7, 1), one.First);
        Assert.Equal(JournalState.Done, two.Former);
        Assert.Equal(FsError.NoSpace, two.Outcome);
        Assert.True(two.Did(JournalOperation.Remove));
        Assert.False(two.Did(JournalOperation.Make));
    }

    [Fact]
    public void Request_that_was_answered_leaves_nothing()
    {
        Begin(1, ended: true).Answered();
        Assert.Equal(0, new RequestJournal(space.Memory).FormerCount);
    }

    [Fact]
    public void Request_that_goes_to_another_thread_keeps_what_was_written_down()
    {
        Begin(1, ended: false);
        var journal = new RequestJournal(space.Memory);
        var first = new JournaledRequest(journal);
        first.Start(1, again: true);
        Assert.Equal(JournalState.Begun, first.Former);
        first.Postpone();
        var second = new JournaledRequest(journal);
        second.Start(1, again: true);
        Assert.Equal(JournalState.Begun, second.Former);
    }

    [Fact]
    public void What_was_there_before_survives_any_number_of_deaths()
    {
        Begin(1, ended: false);
        for (int i = 0; i < 5; i++)
        {
            JournaledRequest again = Later(1, out _);
            again.Begin(JournalOperation.Remove, first: new FileKey(8, 8));
            Assert.Equal(new FileKey(7, 1), again.First);
        }
    }

    [Fact]
    public void Slots_whose_requests_never_come_again_are_used_again_oldest_first()
    {
        for (ulong i = 1; i <= Slots; i++)
            Begin(i, ended: true);
        var journal = new RequestJournal(space.Memory);
        var fresh = new JournaledRequest(journal);
        fresh.Start(100, again: false);
        fresh.Begin(JournalOperation.Make);
        var oldest = new JournaledRequest(journal);
        oldest.Start(1, again: true);
        Assert.Equal(JournalState.None, oldest.Former);
        var other = new JournaledRequest(journal);
        other.Start(2, again: true);
        Assert.Equal(JournalState.Done, other.Former);
    }

    [Fact]
    public void Journal_without_a_free_slot_refuses_no_request()
    {
        var journal = new RequestJournal(space.Memory);
        for (ulong i = 1; i <= Slots + 2; i++)
        {
            var request = new JournaledRequest(journal);
            request.Start(i, again: false);
            request.Begin(JournalOperation.Make);
            Assert.Equal(FsError.None, request.End(FsError.None));
        }
        Assert.Equal(Slots, new RequestJournal(space.Memory).FormerCount);
    }

    private JournaledRequest Begin(ulong number, bool ended)
    {
        var request = new JournaledRequest(new RequestJournal(space.Memory));
        request.Start(number, again: false);
        request.Begin(JournalOperation.Remove, first: new FileKey(7, number));
        if (ended)
            request.End(FsError.NoSpace);
        return request;
    }

    private JournaledRequest Later(ulong number, out JournaledRequest next)
    {
        var journal = new RequestJournal(space.Memory);
        var request = new JournaledRequest(journal);
        request.Start(number, again: true);
        next = new JournaledRequest(journal);
        next.Start(number + 1, again: true);
        return request;
    }
}
