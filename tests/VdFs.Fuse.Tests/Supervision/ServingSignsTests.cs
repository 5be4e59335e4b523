using VdFs.Core.Errors;
using VdFs.Fuse.Supervision;

namespace VdFs.Fuse.Tests.Supervision;

public sealed class ServingSignsTests : IDisposable
{
    private readonly SessionMemory memory;

    public ServingSignsTests()
    {
        Assert.Equal(FsError.None, SessionMemory.Create(out SessionMemory? created));
        memory = created!;
    }

    [Fact]
    public void A_thread_is_busy_from_its_beginning_to_its_end()
    {
        for (int thread = 0; thread < 16; thread++)
        {
            long before = memory.Serving.Read(out bool busy);
            Assert.False(busy);
            memory.Serving.Of(thread).Begin();
            Assert.NotEqual(before, memory.Serving.Read(out busy));
            Assert.True(busy);
            memory.Serving.Of(thread).End();
            memory.Serving.Read(out busy);
            Assert.False(busy);
        }
    }

    /// <summary>Whatever order they come in.</summary>
    [Fact]
    public void Of_more_threads_than_there_are_counters_the_last_ones_only_show_that_they_get_on()
    {
        long before = memory.Serving.Read(out _);
        for (int thread = 100; thread < 120; thread++)
            memory.Serving.Of(thread).Begin();
        Assert.Equal(before, memory.Serving.Read(out bool busy));
        Assert.False(busy);
        memory.Serving.Of(110).End();
        Assert.NotEqual(before, memory.Serving.Read(out busy));
        Assert.False(busy);
    }

    [Fact]
    public void What_a_dead_worker_had_in_hand_says_nothing_of_the_next_one()
    {
        memory.Serving.Of(3).Begin();
        memory.Settings = "settings";
        memory.NoteBeginning(42);
        memory.Serving.Read(out bool busy);
        Assert.False(busy);
        Assert.Equal(42, memory.Worker);
        Assert.Equal("settings", memory.Settings);
    }

    [Fact]
    public void Nobody_need_look()
    {
        ServingSign none = default;
        none.Begin();
        none.End();
    }

    public void Dispose() => memory.Dispose();
}
