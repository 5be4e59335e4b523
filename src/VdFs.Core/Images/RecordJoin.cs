namespace VdFs.Core.Images;

/// <summary>A change record that can go.</summary>
/// <param name="Image">Whose it is.</param>
/// <param name="Target">Takes all that it says first; null: nobody asks for that any more.</param>
/// <param name="Source">The one that goes.</param>
internal sealed record RecordJoin(Image Image, ImageGeneration? Target, ImageGeneration Source);
