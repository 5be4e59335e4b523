using System.Numerics;

namespace VdFs.Core.Durability;

/// <summary>Slots that nothing is in, a bit each: the lowest is found, one taken and one given back without looking at the others. Not for several threads at once.</summary>
internal sealed class FreeSlots
{
    private const int BitsPerWord = 64;
    private ulong[] words = [];

    /// <summary>No word before this one has a free slot.</summary>
    private int firstWord;

    public int Count { get; private set; }

    /// <summary>The lowest free slot; -1: there is none.</summary>
    public int Lowest
    {
        get
        {
            while (firstWord < words.Length && words[firstWord] == 0)
                firstWord++;
            return firstWord < words.Length ? (firstWord * BitsPerWord) + BitOperations.TrailingZeroCount(words[firstWord]) : -1;
        }
    }

    public void Add(int slot)
    {
        int word = slot / BitsPerWord;
        if (word >= words.Length)
            Array.Resize(ref words, (int)BitOperations.RoundUpToPowerOf2((uint)word + 1));
        ulong bit = 1UL << (slot % BitsPerWord);
        if ((words[word] & bit) != 0)
            return;
        words[word] |= bit;
        Count++;
        firstWord = Math.Min(firstWord, word);
    }

    public void Remove(int slot)
    {
        int word = slot / BitsPerWord;
        ulong bit = 1UL << (slot % BitsPerWord);
        if (word >= words.Length || (words[word] & bit) == 0)
            return;
        words[word] &= ~bit;
        Count--;
    }

    public void Clear()
    {
        words.AsSpan().Clear();
        Count = 0;
        firstWord = 0;
    }
}
