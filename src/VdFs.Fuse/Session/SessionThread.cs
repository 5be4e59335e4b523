namespace VdFs.Fuse.Session;

internal static class SessionThread
{
    /// <summary>Of each serving thread, in bytes: the tree's calls are shallow.</summary>
    public const int StackSize = 512 << 10;
}
