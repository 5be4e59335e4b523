using System.Buffers.Binary;
using System.IO;
using System.Security.Cryptography;
using VdFs.Core.Checksums;

namespace VdFs.Fuse.Tests.State;

/// <summary>What hands, programs and devices do to a file of the state directory.</summary>
public enum Damage
{
    Missing,
    Emptied,
    Halved,
    Zeroed,
    ZeroedSector,
    FlippedBit,
    Foreign,
    Swapped,
    FutureVersion,
    Directory,
}

internal static class Damages
{
    /// <param name="damage">What to do.</param>
    /// <param name="path">To which file.</param>
    /// <param name="sibling">Another of its kind, for <see cref="Damage.Swapped"/>; null: there is none.</param>
    /// <param name="headerSize">Size of the header that has its version at byte 8 and its sum at its end; 0: it has none.</param>
    /// <returns>False: this can't be done to it.</returns>
    public static bool Do(this Damage damage, string path, string? sibling, int headerSize)
    {
        byte[] bytes = File.ReadAllBytes(path);
        switch (damage)
        {
            case Damage.Missing:
                File.Delete(path);
                return true;
            case Damage.Emptied:
                File.WriteAllBytes(path, []);
                return bytes.Length != 0;
            case Damage.Halved:
                File.WriteAllBytes(path, bytes[..(bytes.Length / 2)]);
                return bytes.Length != 0;
            case Damage.Zeroed:
                File.WriteAllBytes(path, new byte[bytes.Length]);
                return bytes.Length != 0;
            case Damage.ZeroedSector:
                bytes.AsSpan((bytes.Length - 1) / 512 * 512).Clear();
                File.WriteAllBytes(path, bytes);
                return bytes.Length > 512;
            case Damage.FlippedBit:
                int at = Array.FindLastIndex(bytes, b => b != 0);
                if (at < 0)
                    return false;
                bytes[at] ^= 0x10;
                File.WriteAllBytes(path, bytes);
                return true;
            case Damage.Foreign:
                File.WriteAllBytes(path, RandomNumberGenerator.GetBytes(Math.Max(bytes.Length, 8192)));
                return true;
            case Damage.Swapped:
                if (sibling is null)
                    return false;
                File.WriteAllBytes(path, File.ReadAllBytes(sibling));
                File.WriteAllBytes(sibling, bytes);
                return true;
            case Damage.FutureVersion:
                if (headerSize == 0)
                    return false;
                BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8), 9);
                BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(headerSize - 4), Crc32C.Compute(bytes.AsSpan(0, headerSize - 4)));
                File.WriteAllBytes(path, bytes);
                return true;
            case Damage.Directory:
                File.Delete(path);
                System.IO.Directory.CreateDirectory(path);
                return true;
            default:
                throw new ArgumentOutOfRangeException(nameof(damage));
        }
    }
}
