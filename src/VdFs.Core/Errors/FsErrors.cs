namespace VdFs.Core.Errors;

/// <summary>What errors mean, where more than one of them means it.</summary>
public static class FsErrors
{
    /// <summary>
    /// A want of descriptors or memory, of this process or of the machine: it passes, says nothing about any storage, and what failed for it had no effect. So nothing is given up for it: what
    /// can be closed is closed, it is tried again, and if that doesn't help, the one operation fails.
    /// </summary>
    public static bool IsWant(this FsError error) => error is FsError.TooManyOpenFiles or FsError.TooManyOpenFilesInSystem or FsError.OutOfMemory;
}
