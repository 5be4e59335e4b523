using VdFs.TestKit.Processes;

namespace VdFs.TestKit.Mounting;

/// <summary>An ext4 filesystem of a given size, mounted on a folder, to be filled.</summary>
public sealed class SmallDisk : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly LoopDevice loop;

    public SmallDisk(string mountPoint, int mebibytes)
    {
        string image = System.IO.Path.Combine(folder.Path, "disk");
        Tool.Run("truncate", "-s", $"{mebibytes}M", image).Checked();
        // No room that only root may use: root runs the tests.
        Tool.Run("mkfs.ext4", "-q", "-m", "0", "-O", "^has_journal", image).Checked();
        loop = new LoopDevice(image);
        loop.Mount(mountPoint, "ext4");
        Tool.Run("rmdir", System.IO.Path.Combine(mountPoint, "lost+found")).Checked();
    }

    public void Dispose()
    {
        loop.Dispose();
        folder.Dispose();
    }
}
