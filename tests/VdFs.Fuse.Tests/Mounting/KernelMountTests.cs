using System.IO;
using VdFs.Fuse.Mounting;
using VdFs.Fuse.Session;
using VdFs.Fuse.Tests.Session;

namespace VdFs.Fuse.Tests.Mounting;

public sealed class KernelMountTests
{
    [Fact]
    public void A_missing_mount_point_is_said_to_be_missing()
    {
        MountException e = Assert.Throws<MountException>(() => KernelMount.Mount(new MountOptions { Source = "/s", MountPoint = "/nonexistent/vdfs" }));
        Assert.Equal(MountFailure.MountPointMissing, e.Failure);
        Assert.Contains("/nonexistent/vdfs", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_is_no_mount_point()
    {
        string path = System.IO.Path.GetTempFileName();
        try
        {
            MountException e = Assert.Throws<MountException>(() => KernelMount.Mount(new MountOptions { Source = "/s", MountPoint = path }));
            Assert.Equal(MountFailure.MountPointNotDirectory, e.Failure);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Unmounting_what_is_not_mounted_says_so()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("vdfs-test-");
        MountException e = Assert.Throws<MountException>(() => KernelMount.Unmount(folder.FullName, lazily: false));
        folder.Delete();
        Assert.Equal(MountFailure.NotMounted, e.Failure);
    }

    [Fact]
    public void A_mount_in_use_is_unmounted_only_lazily()
    {
        using var tree = new MemoryTree();
        using var mounted = new MountedTree(tree, new RecordingLog());
        using System.Diagnostics.Process user = System.Diagnostics.Process.Start("bash", ["-c", $"cd '{mounted.MountPoint}' && touch entered && sleep 30"]);
        Assert.True(SpinWait.SpinUntil(() => mounted.Run("ls entered") == "entered", TimeSpan.FromSeconds(10)));
        MountException e = Assert.Throws<MountException>(() => KernelMount.Unmount(mounted.MountPoint, lazily: false));
        Assert.Equal(MountFailure.MountPointBusy, e.Failure);
        KernelMount.Unmount(mounted.MountPoint, lazily: true);
        user.Kill(entireProcessTree: true);
        user.WaitForExit();
        Assert.True(SpinWait.SpinUntil(() => mounted.End is not null, TimeSpan.FromSeconds(10)));
        Assert.Equal(SessionEndReason.Unmounted, mounted.End!.Reason);
    }
}
