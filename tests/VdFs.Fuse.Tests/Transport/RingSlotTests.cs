using VdFs.Fuse.Transport;

namespace VdFs.Fuse.Tests.Transport;

public sealed class RingSlotTests
{
    /// <summary>Its thread begins with requests while another one takes them over, again and again.</summary>
    [Fact]
    public void A_request_in_hand_is_begun_by_its_thread_or_taken_over_by_another_and_never_both()
    {
        using var slot = new RingSlot(0);
        int begun = 0, taken = 0;
        bool over = false;
        var other = new Thread(() =>
        {
            while (!Volatile.Read(ref over))
            {
                if (!slot.TryTakeOverRequest())
                    continue;
                taken++;
                slot.Release();
            }
        });
        other.Start();
        const int rounds = 200_000;
        for (int i = 0; i < rounds; i++)
        {
            slot.Ask();
            slot.Fetched(100);
            if (slot.TryBegin())
            {
                begun++;
                slot.EndServing();
            }
            else
            {
                Assert.True(SpinWait.SpinUntil(() => slot.IsFree, TimeSpan.FromSeconds(20)));
            }
        }
        Volatile.Write(ref over, true);
        other.Join();
        Assert.Equal(rounds, begun + taken);
    }

    [Fact]
    public void An_answer_that_is_kept_back_is_sent_by_one()
    {
        using var slot = new RingSlot(0);
        slot.Ask();
        Assert.False(slot.TryTakeOverRequest());
        slot.Fetched(100);
        Assert.True(slot.TryBegin());
        Assert.False(slot.TryTakeOverRequest());
        slot.KeepAnswer(24);
        slot.EndServing();
        Assert.False(slot.IsFree);
        Assert.True(slot.TryTakeOverAnswer());
        Assert.False(slot.TryTakeAnswer());
        Assert.False(slot.IsFree);
        slot.Release();
        Assert.True(slot.IsFree);
        Assert.Equal(24, slot.AnswerLength);
    }
}
