namespace VdFs.Core.Images;

/// <summary>What VdFs calls an image for good: through renames, remounts and after its deletion. Never given twice. 0: none.</summary>
public readonly record struct ImageId(ulong Value)
{
    public static ImageId None { get; }

    public override string ToString() => Value.ToString("x16");
}
