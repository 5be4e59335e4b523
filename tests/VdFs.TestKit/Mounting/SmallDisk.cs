using VdFs.TestKit.Processes;

namespace VdFs.TestKit.Mounting;

/// <summary>An ext4 or btrfs filesystem of a given size, mounted on a folder, to be filled.</summary>
public sealed class SmallDisk : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly LoopDevice loop;
    private readonly string mountPoint;

    /// <param name="mountPoint">An existing folder.</param>
    /// <param name="mebibytes">Its size.</param>
    /// <param name="journal">With a journal, freed blocks can be had again only after its next commit.</param>
    /// <param name="btrfs">btrfs, where overwriting takes room; at least 120 MiB.</param>
    public SmallDisk(string mountPoint, int mebibytes, bool journal = false, bool btrfs = false)
    {
        this.mountPoint = mountPoint;
        string image = System.IO.Path.Combine(folder.Path, "disk");
        Tool.Run("truncate", "-s", $"{mebibytes}M", image).Checked();
        if (btrfs)
        {
            Tool.Run("mkfs.btrfs", "-q", image).Checked();
            loop = new LoopDevice(image);
            loop.Mount(mountPoint, "btrfs");
            return;
        }
        // No room that only root may use: root runs the tests.
        Tool.Run("mkfs.ext4", "-q", "-m", "0", "-O", journal ? "has_journal" : "^has_journal", image).Checked();
        loop = new LoopDevice(image);
        loop.Mount(mountPoint, "ext4");
        Tool.Run("rmdir", System.IO.Path.Combine(mountPoint, "lost+found")).Checked();
    }

    /// <summary>From here on every call to the filesystem is an I/O error, as if its device had gone.</summary>
    public void Break() => Tool.Run("xfs_io", "-x", "-c", "shutdown", mountPoint).Checked();

    public void Dispose()
    {
        loop.Dispose();
        folder.Dispose();
    }
}
