using System.Text;
using System.Text.Json.Serialization;
using VdFs.Core.Storage;

namespace VdFs.Backup.Paths;

/// <summary>
/// A path that can't lead outside: bytes, components separated by `/`, none of them empty, `.` or `..`, none above 255 bytes, no NUL. Empty for the root itself.
/// Compared byte by byte.
/// </summary>
[JsonConverter(typeof(RelativePathConverter))]
public readonly struct RelativePath : IEquatable<RelativePath>, IComparable<RelativePath>
{
    /// <summary>PATH_MAX without its NUL.</summary>
    public const int MaximumLength = 4095;

    private static readonly UTF8Encoding Strict = new(false, true);
    private readonly byte[]? bytes;

    private RelativePath(byte[] bytes) => this.bytes = bytes;

    public static RelativePath Root => default;

    public ReadOnlySpan<byte> Bytes => bytes;

    public bool IsRoot => Bytes.IsEmpty;

    /// <summary>Last component; empty for the root.</summary>
    public ReadOnlySpan<byte> Name => Bytes[(Bytes.LastIndexOf((byte)'/') + 1)..];

    /// <summary>Without the last component.</summary>
    public RelativePath Parent => Bytes.LastIndexOf((byte)'/') is var slash and > 0 ? new(Bytes[..slash].ToArray()) : Root;

    /// <summary>False for what isn't such a path; then <paramref name="path"/> is the root.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out RelativePath path)
    {
        path = default;
        if (text.Length > MaximumLength || text.Contains((byte)0))
            return false;
        if (text.IsEmpty)
            return true;
        for (var rest = text; ;)
        {
            int slash = rest.IndexOf((byte)'/');
            if (!IsComponent(slash < 0 ? rest : rest[..slash]))
                return false;
            if (slash < 0)
                break;
            rest = rest[(slash + 1)..];
        }
        path = new(text.ToArray());
        return true;
    }

    /// <exception cref="ArgumentException">Not such a path.</exception>
    public static RelativePath Parse(string text) =>
        TryParse(ByteText.Encode(text), out var path) ? path : throw new ArgumentException($"'{text}' is no relative path", nameof(text));

    /// <exception cref="ArgumentException">The name isn't a component, or the path becomes too long.</exception>
    public RelativePath Append(ReadOnlySpan<byte> name)
    {
        var path = Bytes;
        byte[] joined = path.IsEmpty ? name.ToArray() : [.. path, (byte)'/', .. name];
        return IsComponent(name) && joined.Length <= MaximumLength ? new(joined) : throw new ArgumentException($"'{Encoding.UTF8.GetString(name)}' can't be a name in '{this}'", nameof(name));
    }

    /// <exception cref="ArgumentException">The path becomes too long.</exception>
    public RelativePath Append(RelativePath below)
    {
        if (below.IsRoot || IsRoot)
            return below.IsRoot ? this : below;
        byte[] joined = [.. Bytes, (byte)'/', .. below.Bytes];
        return joined.Length <= MaximumLength ? new(joined) : throw new ArgumentException($"'{below}' in '{this}' is too long a path", nameof(below));
    }

    /// <summary>Whether this is <paramref name="folder"/> or lies in it.</summary>
    public bool IsIn(RelativePath folder) =>
        folder.IsRoot || (Bytes.StartsWith(folder.Bytes) && (Bytes.Length == folder.Bytes.Length || Bytes[folder.Bytes.Length] == (byte)'/'));

    /// <summary>The bytes as text, if they are valid UTF-8.</summary>
    public bool TryGetText(out string text)
    {
        try
        {
            text = Strict.GetString(Bytes);
            return true;
        }
        catch (DecoderFallbackException)
        {
            text = "";
            return false;
        }
    }

    /// <summary>The bytes as text, exactly, but for what isn't UTF-8: that is shown as replacement characters, and <see cref="NotText"/> has the bytes.</summary>
    public string Text => Encoding.UTF8.GetString(Bytes);

    /// <summary>The bytes if they aren't UTF-8; null: they are.</summary>
    public byte[]? NotText => TryGetText(out _) ? null : Bytes.ToArray();

    /// <summary>For people: what isn't UTF-8 is shown as replacement characters, control characters as `?`.</summary>
    public override string ToString() => string.Concat(Encoding.UTF8.GetString(Bytes).Select(c => char.IsControl(c) ? '?' : c));

    public bool Equals(RelativePath other) => Bytes.SequenceEqual(other.Bytes);

    public override bool Equals(object? obj) => obj is RelativePath other && Equals(other);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(Bytes);
        return hash.ToHashCode();
    }

    public int CompareTo(RelativePath other) => Bytes.SequenceCompareTo(other.Bytes);

    public static bool operator ==(RelativePath left, RelativePath right) => left.Equals(right);

    public static bool operator !=(RelativePath left, RelativePath right) => !left.Equals(right);

    public static bool operator <(RelativePath left, RelativePath right) => left.CompareTo(right) < 0;

    public static bool operator >(RelativePath left, RelativePath right) => left.CompareTo(right) > 0;

    public static bool operator <=(RelativePath left, RelativePath right) => left.CompareTo(right) <= 0;

    public static bool operator >=(RelativePath left, RelativePath right) => left.CompareTo(right) >= 0;

    private static bool IsComponent(ReadOnlySpan<byte> name) =>
        !name.IsEmpty && name.Length <= 255 && !name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8) && name.IndexOfAny((byte)'/', (byte)0) < 0;
}
