using System.Diagnostics;
using System.IO;
using VdFs.Core.Images;
using VdFs.Fuse.Backing;
using VdFs.Fuse.Tests.Native;

namespace VdFs.Fuse.Tests.Backing;

/// <summary>On XFS, which names itself by its device number, an image is the same when that has changed. On a loop device of its own.</summary>
public sealed class XfsIdentityTests : BackingFixture
{
    [RootFact]
    public void An_image_on_xfs_keeps_its_identity_on_another_device_number()
    {
        using (FileStream image = File.Create(Folder["xfs.img"]))
            image.SetLength(400L << 20);
        Run("mkfs.xfs", "-q", Folder["xfs.img"]);
        Directory.CreateDirectory(Folder["mount"]);
        ImageIdentity first = Mounted(Folder["xfs.img"], create: true);
        File.Move(Folder["xfs.img"], Folder["moved.img"]);
        // Keeps the former loop device busy, so that the next mount gets another.
        Run("cp", "--sparse=always", Folder["moved.img"], Folder["other.img"]);
        string device = Run("losetup", "--find", "--show", Folder["other.img"]);
        try
        {
            Assert.Equal(first, Mounted(Folder["moved.img"], create: false));
        }
        finally
        {
            Run("losetup", "--detach", device);
        }
    }

    private ImageIdentity Mounted(string image, bool create)
    {
        Run("mount", "-o", "loop", image, Folder["mount"]);
        try
        {
            if (create)
                File.WriteAllText(Folder["mount/disk.img"], "x");
            Ok(LinuxBackingDirectory.Open(Folder["mount"], out LinuxBackingDirectory? directory));
            using (directory)
            {
                Ok(directory!.Identify("disk.img"u8, out ImageIdentity? identity));
                return identity!;
            }
        }
        finally
        {
            Run("umount", Folder["mount"]);
        }
    }

    private static string Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        string output = process.StandardOutput.ReadToEnd().Trim();
        process.WaitForExit();
        Assert.Equal((program, 0), (program, process.ExitCode));
        return output;
    }
}
