using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace VdFs.Core.Checksums;

/// <summary>CRC-32C (Castagnoli, RFC 3720 appendix B.4), by the processor's instruction where it has one.</summary>
public static class Crc32C
{
    public static uint Compute(ReadOnlySpan<byte> data) => Append(0, data);

    /// <summary>
    /// The checksums of three pieces of the same length, a multiple of 8, at once: the instruction takes three cycles and can be begun in each, so
    /// three chains take the time of one.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static (uint First, uint Second, uint Third) Compute(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, ReadOnlySpan<byte> third)
    {
        ReadOnlySpan<ulong> a = MemoryMarshal.Cast<byte, ulong>(first);
        ReadOnlySpan<ulong> b = MemoryMarshal.Cast<byte, ulong>(second)[..a.Length];
        ReadOnlySpan<ulong> c = MemoryMarshal.Cast<byte, ulong>(third)[..a.Length];
        uint x = uint.MaxValue;
        uint y = uint.MaxValue;
        uint z = uint.MaxValue;
        for (int i = 0; i < a.Length; i++)
        {
            x = BitOperations.Crc32C(x, a[i]);
            y = BitOperations.Crc32C(y, b[i]);
            z = BitOperations.Crc32C(z, c[i]);
        }
        return (~x, ~y, ~z);
    }

    /// <summary>Goes on from <paramref name="crc"/>, a value that <c>Compute</c> or this returned.</summary>
    // Optimized from the first call on: unoptimized, the instruction is a call per word, and first touches come in bursts.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static uint Append(uint crc, ReadOnlySpan<byte> data)
    {
        uint state = ~crc;
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(data);
        foreach (ulong word in words)
            state = BitOperations.Crc32C(state, word);
        foreach (byte rest in data[(words.Length * sizeof(ulong))..])
            state = BitOperations.Crc32C(state, rest);
        return ~state;
    }
}
