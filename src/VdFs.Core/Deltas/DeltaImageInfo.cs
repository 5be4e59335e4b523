namespace VdFs.Core.Deltas;

/// <summary>What is remembered of an image's layout for as long as its delta lasts: attributes of its files, and what tells whether it is the same once more.</summary>
/// <param name="Length">Bytes of the qcow2.</param>
/// <param name="Allocated">Bytes of it that aren't holes.</param>
/// <param name="JsonLength">Bytes of the JSON beside it.</param>
/// <param name="Sum">CRC-32C of the layout as it is stored: what is computed once more, for want of room for it, must be the same.</param>
/// <param name="Stored">Another worker finds it again. If not, clients should remember nothing: the next worker's may differ.</param>
/// <param name="Anew">An earlier worker may have shown another one.</param>
public readonly record struct DeltaImageInfo(long Length, long Allocated, long JsonLength, uint Sum, bool Stored, bool Anew);
