using VdFs.Core.Errors;

namespace VdFs.FileSystem.Backing;

/// <summary>A reference that stays open for an operation. To be disposed of at its end.</summary>
public readonly ref struct PinnedRef
{
    private readonly IPinned? held;

    /// <param name="held">Entered by the maker; left when this is disposed of.</param>
    public PinnedRef(IPinned held)
    {
        this.held = held;
        Reference = held.Reference;
    }

    /// <param name="error">Why there is none.</param>
    public PinnedRef(FsError error)
    {
        Reference = BackingRef.None;
        Error = error;
    }

    public BackingRef Reference { get; }

    /// <summary>Why there is none.</summary>
    public FsError Error { get; }

    public bool IsNone => held is null;

    public void Dispose() => held?.Exit();
}
