using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace VdFs.Core.Checksums;

/// <summary>CRC-32C (Castagnoli, RFC 3720 appendix B.4), by the processor's instruction where it has one.</summary>
public static class Crc32C
{
    public static uint Compute(ReadOnlySpan<byte> data) => Append(0, data);

    /// <summary>Goes on from <paramref name="crc"/>, a value that <see cref="Compute"/> or this returned.</summary>
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
