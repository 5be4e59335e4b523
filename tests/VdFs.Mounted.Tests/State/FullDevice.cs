using System.IO;

namespace VdFs.Mounted.Tests.State;

/// <summary>An ext4 filesystem on a sparse disk on a tmpfs that can be filled: from then on the kernel takes what is written, and syncing it fails.</summary>
internal sealed class FullDevice : IDisposable
{
    private readonly string below;
    private readonly LoopDevice loop;

    /// <param name="root">A folder for the tmpfs.</param>
    /// <param name="mountPoint">Where the filesystem is to be; is made.</param>
    public FullDevice(string root, string mountPoint)
    {
        below = Path.Combine(root, "below");
        Directory.CreateDirectory(below);
        Directory.CreateDirectory(mountPoint);
        Tool.Run("mount", "-t", "tmpfs", "-o", "size=24M", "none", below).Checked();
        string disk = Path.Combine(below, "disk");
        Tool.Run("truncate", "-s", "200M", disk).Checked();
        Tool.Run("mkfs.ext4", "-q", "-m", "0", "-O", "^has_journal", disk).Checked();
        loop = new LoopDevice(disk);
        loop.Mount(mountPoint, "ext4");
    }

    public void Fill() => Tool.Bash($"dd if=/dev/zero of={below}/fill bs=1M 2>/dev/null || true; dd if=/dev/zero of={below}/rest bs=4k 2>/dev/null || true").Checked();

    public void MakeRoom() => Tool.Run("rm", "-f", Path.Combine(below, "fill"), Path.Combine(below, "rest")).Checked();

    public void Dispose()
    {
        MakeRoom();
        loop.Dispose();
        Tool.Run("umount", "--lazy", below);
    }
}
