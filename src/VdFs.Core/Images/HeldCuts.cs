namespace VdFs.Core.Images;

/// <summary>The cuts of held snapshots that an image is part of, ascending, with its size in bytes at each. Never changed, only replaced.</summary>
internal sealed class HeldCuts
{
    private readonly (long Cut, long Size)[] cuts;

    private HeldCuts((long Cut, long Size)[] cuts)
    {
        this.cuts = cuts;
        LargestSize = cuts.Length == 0 ? 0 : cuts.Max(c => c.Size);
    }

    public static HeldCuts None { get; } = new([]);

    public int Count => cuts.Length;

    public long Oldest => cuts[0].Cut;

    public long Newest => cuts[^1].Cut;

    /// <summary>The largest size among them: a block beyond it is of no snapshot. An older one may be larger than the newest, where a hole was cut off.</summary>
    public long LargestSize { get; }

    /// <summary>The newest one at or before <paramref name="generation"/>, or -1.</summary>
    public long NewestUpTo(long generation)
    {
        for (int i = cuts.Length - 1; i >= 0; i--)
        {
            if (cuts[i].Cut <= generation)
                return cuts[i].Cut;
        }
        return -1;
    }

    /// <summary>With one more; cuts only ever get newer, but at start they come in any order.</summary>
    public HeldCuts With(long cut, long size) => cuts.Length == 0 || Newest < cut
        ? new([.. cuts, (cut, size)])
        : new([.. cuts.Where(c => c.Cut < cut), (cut, size), .. cuts.Where(c => c.Cut > cut)]);

    public HeldCuts Without(long cut) => new([.. cuts.Where(c => c.Cut != cut)]);
}
