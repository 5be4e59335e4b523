namespace VdFs.FileSystem.Backing;

/// <summary>What counts the operations that use a reference.</summary>
public interface IPinned
{
    BackingRef Reference { get; }

    /// <summary>One of them ended.</summary>
    void Exit();
}
