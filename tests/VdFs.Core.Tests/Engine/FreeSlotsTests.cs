using VdFs.Core.Durability;

namespace VdFs.Core.Tests.Engine;

public sealed class FreeSlotsTests
{
    [Fact]
    public void Agree_with_a_sorted_set_whatever_is_taken_and_given_back()
    {
        var random = new Random(4);
        var slots = new FreeSlots();
        var model = new SortedSet<int>();
        Assert.Equal(-1, slots.Lowest);
        for (int step = 0; step < 50_000; step++)
        {
            // Mostly the lowest, as an intent takes it; some twice, some that were never there.
            int slot = random.Next(3) == 0 ? random.Next(0, 1000) : model.Count > 0 ? model.Min : 0;
            if (random.Next(2) == 0)
            {
                slots.Add(slot);
                model.Add(slot);
            }
            else
            {
                slots.Remove(slot);
                model.Remove(slot);
            }
            if (random.Next(5000) == 0)
            {
                slots.Clear();
                model.Clear();
            }
            Assert.Equal(model.Count, slots.Count);
            Assert.Equal(model.Count == 0 ? -1 : model.Min, slots.Lowest);
        }
    }
}
