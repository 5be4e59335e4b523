using System.Collections;
using VdFs.Core.Tracking;

namespace VdFs.Core.Tests.Tracking;

public sealed class ChangeBitmapTests
{
    private const int Blocks = 80_000;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Ranges_runs_and_single_bits_agree_with_an_array(int seed)
    {
        var random = new Random(seed);
        var bitmap = new ChangeBitmap();
        var model = new BitArray(Blocks);
        ulong[] words = new ulong[ChangeBitmap.WordsPerSector];
        for (int page = 0; page <= ChangeBitmap.PageOfBlock(Blocks); page++)
            bitmap.Warm(page);
        for (int i = 0; i < 2000; i++)
        {
            int first = random.Next(Blocks);
            int last = Math.Min(Blocks - 1, first + random.Next(random.Next(4) == 0 ? 9000 : 70));
            if (random.Next(3) == 0)
            {
                for (int block = first; block <= last; block++)
                {
                    model[block] = true;
                    long sector = block / ChangeBitmap.BitsPerSector;
                    bitmap.CopySector(sector, words);
                    int bit = block % ChangeBitmap.BitsPerSector;
                    ChangeBitmap.SetBits(words, bit, bit);
                    bitmap.PublishSector(sector, words);
                }
            }
            bool all = true;
            for (int block = first; block <= last; block++)
                all &= model[block];
            Assert.Equal(all, bitmap.AllSet(first, last));
            Assert.Equal(model[first], bitmap.IsSet(first, last, out long run));
            int same = first;
            while (same <= last && model[same] == model[first])
                same++;
            Assert.Equal(same - first, run);
            int next = first;
            while (next < Blocks && !model[next])
                next++;
            Assert.Equal(next == Blocks ? -1 : next, bitmap.NextSet(first));
        }
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 4031)]
    [InlineData(63, 64)]
    [InlineData(5, 200)]
    [InlineData(4000, 4031)]
    public void A_range_of_bits_is_set_and_nothing_beside_it(int bit, int end)
    {
        ulong[] words = new ulong[ChangeBitmap.WordsPerSector];
        ChangeBitmap.SetBits(words, bit, end);
        for (int i = 0; i < ChangeBitmap.BitsPerSector; i++)
            Assert.Equal(i >= bit && i <= end, (words[i / 64] >> (i % 64) & 1) != 0);
        Assert.Equal(0UL, words[ChangeBitmap.BitWordsPerSector]);
    }

    [Fact]
    public void Only_warm_pages_let_a_writer_pass()
    {
        var bitmap = new ChangeBitmap();
        ulong[] words = new ulong[ChangeBitmap.WordsPerSector];
        ChangeBitmap.SetBits(words, 0, 9);
        bitmap.PublishSector(0, words);
        Assert.False(bitmap.AllSet(0, 9));
        bitmap.Warm(0);
        Assert.True(bitmap.AllSet(0, 9));
        bitmap.Warm(40);
        Assert.True(bitmap.AllSet(0, 9));
        bitmap.Cool(0);
        Assert.False(bitmap.AllSet(0, 9));
        Assert.True(bitmap.Get(9));
    }
}
