namespace VdFs.Fuse.Mounting;

/// <summary>A process that keeps a FUSE connection alive.</summary>
/// <param name="Process">Its id.</param>
/// <param name="Command">Its name, as its owner chose it: not to be shown as it is.</param>
/// <param name="Files">What it has open, mapped or as its working directory on that filesystem, as the kernel names it. Likewise.</param>
/// <param name="Places">Where its mount namespace shows the filesystem, if that is another one than this process's. Likewise.</param>
public sealed record ConnectionUser(int Process, string Command, IReadOnlyList<string> Files, IReadOnlyList<MountEntry> Places);
