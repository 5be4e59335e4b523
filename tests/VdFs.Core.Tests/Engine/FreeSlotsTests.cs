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
            // Taken is mostly the lowest, as an intent takes it; some are given back twice, or taken that nobody gave. By turns more become free and fewer.
            int slot = random.Next(5000);
            if (random.Next(100) < (step / 5000 % 2 == 0 ? 70 : 30))
            {
                slots.Add(slot);
                model.Add(slot);
            }
            else
            {
                slot = random.Next(4) == 0 || model.Count == 0 ? slot : model.Min;
                slots.Remove(slot);
                model.Remove(slot);
            }
            if (random.Next(20_000) == 0)
            {
                slots.Clear();
                model.Clear();
            }
            Assert.Equal(model.Count, slots.Count);
            Assert.Equal(model.Count == 0 ? -1 : model.Min, slots.Lowest);
        }
    }
}
