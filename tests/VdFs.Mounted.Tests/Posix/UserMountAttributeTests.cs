using System.IO;

namespace VdFs.Mounted.Tests.Posix;

/// <summary>Root among the images of a user's mount, as the system's libvirt is.</summary>
public sealed class UserMountAttributeTests : IDisposable
{
    /// <summary>`allow_other` needs a line in /etc/fuse.conf: in a mount namespace of its own, so that the machine's file stays as it is.</summary>
    private const string Script =
        """
        set -eu
        root=$1
        echo user_allow_other >"$root/fuse.conf"
        mount --bind "$root/fuse.conf" /etc/fuse.conf
        as="setpriv --reuid=65534 --regid=65534 --clear-groups env --unset=XDG_RUNTIME_DIR HOME=/nonexistent"
        $as dotnet "$root/build/vdfs.dll" mount "$root/images" "$root/mount" -o allow_other >/dev/null
        trap '$as dotnet "$root/build/vdfs.dll" unmount "$root/mount" >/dev/null' EXIT
        image=$root/mount/disk.img
        export LC_ALL=C
        getfattr -n trusted.libvirt.security.dac "$image" 2>&1 || true
        setfattr -n trusted.libvirt.security.dac -v x "$image" 2>&1 || true
        setfattr -n user.x -v kept "$image"
        getfattr --absolute-names --only-values -n user.x "$image"
        """;

    private readonly TemporaryFolder folder = new();

    public void Dispose()
    {
        IReadOnlyList<string> leaks = MountLeaks.End(folder.Path);
        folder.Dispose();
        Assert.Empty(leaks);
    }

    [Fact]
    public void Root_is_told_that_trusted_attributes_are_not_supported_there()
    {
        foreach (string name in (string[])["images", "mount"])
            folder.Folder(name);
        File.WriteAllText(Path.Combine(folder.Path, "images", "disk.img"), "content\n");
        Tool.Run("cp", "-r", Path.GetDirectoryName(VdfsCommand.CommandLine[1])!, Path.Combine(folder.Path, "build")).Checked();
        Tool.Run("chown", "-R", "65534:65534", folder.Path).Checked();
        ToolResult result = Tool.Run("unshare", ["-m", "--propagation", "private", "bash", "-c", Script, "bash", folder.Path], TimeSpan.FromSeconds(90)).Checked();
        Assert.Equal(3, result.Lines.Count(l => l.Length > 0));
        Assert.EndsWith("trusted.libvirt.security.dac: Operation not supported", result.Lines[0], StringComparison.Ordinal);
        Assert.EndsWith("disk.img: Operation not supported", result.Lines[1], StringComparison.Ordinal);
        Assert.Equal("kept", result.Lines[2]);
    }
}
