using System.Globalization;
using VdFs.Core.Images;
using VdFs.Core.Storage;

namespace VdFs.Core.Catalog;

/// <summary>What a state directory belongs to: which directory of images, and where its pre-images lie. As the last mount had it.</summary>
/// <param name="Root">Identity of the backing directory itself; null: not known.</param>
/// <param name="Backing">What the backing directory was called, for people.</param>
/// <param name="Preserve">Absolute path of the preserve directory; empty: `preserve` in the state directory.</param>
public sealed record MountPlaces(ImageIdentity? Root, string Backing, string Preserve)
{
    public static MountPlaces None { get; } = new(null, "", "");

    /// <summary>An identity as words: filesystem id, inode, birth time, type and bytes of the handle.</summary>
    internal static string Format(ImageIdentity root) => string.Create(
        CultureInfo.InvariantCulture,
        $"{root.FileSystemId:x16} {root.Inode} {root.BirthTime.Seconds}.{root.BirthTime.Nanoseconds:d9} {root.HandleType} {Convert.ToHexStringLower(root.Handle)}");

    /// <summary>What <see cref="Format"/> gave; <see cref="FormatException"/> or <see cref="OverflowException"/> for other words.</summary>
    internal static ImageIdentity Parse(string words)
    {
        string[] word = words.Split(' ');
        string[] birth = word.Length == 5 ? word[2].Split('.') : [];
        if (birth.Length != 2)
            throw new FormatException("an identity has five words");
        return new ImageIdentity(
            ulong.Parse(word[0], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture), ulong.Parse(word[1], CultureInfo.InvariantCulture),
            new TimeSpec(long.Parse(birth[0], CultureInfo.InvariantCulture), uint.Parse(birth[1], CultureInfo.InvariantCulture)),
            int.Parse(word[3], CultureInfo.InvariantCulture), Convert.FromHexString(word[4]));
    }
}
