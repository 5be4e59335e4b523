namespace VdFs.Cli.Mounting;

/// <summary>What is at a path.</summary>
public enum PathKind
{
    Missing,
    Directory,
    Other,

    /// <summary>It can't be looked at: no permission on the way, an I/O error, a dead mount.</summary>
    Unreachable,
}
