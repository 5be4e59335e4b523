namespace VdFs.TestKit.World;

/// <summary>A commit of the catalog that the kernel has, and that is not synced.</summary>
public sealed class HandedOverCommit(string name, Action work)
{
    /// <summary>Which it is ("complete").</summary>
    public string Name { get; } = name;

    /// <summary>Does it.</summary>
    public void Take() => work();
}
