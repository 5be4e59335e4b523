using System.Numerics;

namespace VdFs.Core.Tracking;

/// <summary>
/// The bits of one sector in memory: a word that says which of its 63 words there are, then those, in order. An image that is written here and there has few bits in each sector, and
/// takes so much less room; from <see cref="Few"/> words on all are there, and none is added any more.
/// </summary>
/// <remarks>
/// Which words there are never changes: a further one makes another array. Bits of a word that is there are set in place. So readers need no lock beside one writer.
/// </remarks>
internal static class PackedSector
{
    /// <summary>Words that are kept one by one.</summary>
    private const int Few = 16;

    private const ulong All = (1UL << ChangeBitmap.BitWordsPerSector) - 1;

    /// <summary>One of the 63 words; 0 if it isn't there.</summary>
    public static ulong Word(ulong[] sector, int word)
    {
        ulong there = sector[0];
        return (there >> word & 1) == 0 ? 0 : Volatile.Read(ref sector[1 + Rank(there, word)]);
    }

    /// <summary>How many words from <paramref name="word"/> on aren't there.</summary>
    public static int Missing(ulong[] sector, int word) =>
        Math.Min(BitOperations.TrailingZeroCount(sector[0] >> word), ChangeBitmap.BitWordsPerSector - word);

    /// <summary>Whether all bits from <paramref name="bit"/> to <paramref name="end"/> are set.</summary>
    public static bool AllSet(ulong[] sector, int bit, int end)
    {
        int first = bit >> 6;
        int last = end >> 6;
        ulong firstMask = ulong.MaxValue << (bit & 63);
        ulong lastMask = ulong.MaxValue >> (63 - (end & 63));
        if (first == last)
            return (~Word(sector, first) & firstMask & lastMask) == 0;
        if ((~Word(sector, first) & firstMask) != 0)
            return false;
        for (int i = first + 1; i < last; i++)
        {
            if (Word(sector, i) != ulong.MaxValue)
                return false;
        }
        return (~Word(sector, last) & lastMask) == 0;
    }

    public static bool IsEmpty(ulong[] sector) => !sector.AsSpan(1).ContainsAnyExcept(0UL);

    /// <summary>Copies all 63 words.</summary>
    public static void Unpack(ulong[] sector, Span<ulong> words)
    {
        int at = 1;
        for (ulong rest = sector[0]; rest != 0; rest &= rest - 1)
            words[BitOperations.TrailingZeroCount(rest)] = Volatile.Read(ref sector[at++]);
    }

    /// <summary>Has a sector say what 63 words say: in place where it can, else in one that is to be put in its place.</summary>
    public static ulong[] Pack(ulong[]? sector, ReadOnlySpan<ulong> words)
    {
        ulong there = sector is null ? 0 : sector[0];
        ulong wanted = there;
        for (int i = 0; i < ChangeBitmap.BitWordsPerSector; i++)
            wanted |= words[i] != 0 ? 1UL << i : 0;
        if (sector is null || wanted != there)
        {
            if (BitOperations.PopCount(wanted) > Few)
                wanted = All;
            sector = new ulong[1 + BitOperations.PopCount(wanted)];
            sector[0] = wanted;
        }
        int at = 1;
        for (ulong rest = wanted; rest != 0; rest &= rest - 1, at++)
        {
            ulong word = words[BitOperations.TrailingZeroCount(rest)];
            if (sector[at] != word)
                Volatile.Write(ref sector[at], word);
        }
        return sector;
    }

    private static int Rank(ulong there, int word) => BitOperations.PopCount(there & ((1UL << word) - 1));
}
