using VdFs.Core.Storage;

namespace VdFs.Core.Snapshots;

/// <summary>
/// Which images a snapshot takes. In a pattern `*` and `?` match within a component, `**` across; a pattern without `/` matches the file
/// name in any folder. Matching is by bytes of UTF-8.
/// </summary>
public sealed class ImageSelection
{
    private readonly byte[][] patterns;
    private readonly IReadOnlyList<string> given;

    /// <exception cref="ArgumentException">No pattern, or an empty one.</exception>
    public ImageSelection(IReadOnlyList<string> patterns)
    {
        if (patterns.Count == 0 || patterns.Any(string.IsNullOrEmpty))
            throw new ArgumentException("a selection needs at least one pattern, and none may be empty", nameof(patterns));
        given = patterns;
        this.patterns = [.. patterns.Select(p => ByteText.Encode(p.Contains('/') ? p.TrimStart('/') : "**/" + p))];
    }

    /// <summary>The first pattern that takes none of these; null: each takes one.</summary>
    public string? FirstIdle(IEnumerable<byte[]> paths)
    {
        var idle = Enumerable.Range(0, patterns.Length).ToList();
        foreach (byte[] path in paths)
        {
            idle.RemoveAll(i => Matches(patterns[i], path));
            if (idle.Count == 0)
                return null;
        }
        return given[idle[0]];
    }

    /// <param name="path">Relative to the root, components separated by `/`.</param>
    public bool Takes(ReadOnlySpan<byte> path)
    {
        foreach (byte[] pattern in patterns)
        {
            if (Matches(pattern, path))
                return true;
        }
        return false;
    }

    private static bool Matches(ReadOnlySpan<byte> pattern, ReadOnlySpan<byte> path)
    {
        while (!pattern.IsEmpty)
        {
            if (pattern.StartsWith("**/"u8) && Matches(pattern[3..], path))
                return true;
            if (pattern[0] == (byte)'*')
            {
                bool across = pattern.Length > 1 && pattern[1] == (byte)'*';
                ReadOnlySpan<byte> rest = pattern[(across ? 2 : 1)..];
                for (int i = 0; i <= path.Length; i++)
                {
                    if (Matches(rest, path[i..]))
                        return true;
                    if (!across && i < path.Length && path[i] == (byte)'/')
                        return false;
                }
                return false;
            }
            if (path.IsEmpty || (pattern[0] == (byte)'?' ? path[0] == (byte)'/' : pattern[0] != path[0]))
                return false;
            pattern = pattern[1..];
            path = path[1..];
        }
        return path.IsEmpty;
    }
}
