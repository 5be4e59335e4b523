using System.IO;

namespace VdFs.Mounted.Tests.Tools;

/// <summary>Filesystems in an image, by loop device, live on the mount as on the bare directory.</summary>
public sealed class LoopDeviceTests(TwoPlaces places) : IClassFixture<TwoPlaces>
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData("ext4", "mkfs.ext4 -q", "e2fsck -fn", false)]
    [InlineData("ext4", "mkfs.ext4 -q", "e2fsck -fn", true)]
    [InlineData("xfs", "mkfs.xfs -q", "xfs_repair -n", false)]
    [InlineData("btrfs", "mkfs.btrfs -q", "btrfs check", false)]
    public void A_filesystem_on_an_image(string type, string make, string check, bool directIo) => places.Same((folder, scratch) =>
    {
        string image = Path.Combine(folder, "image");
        string point = Directory.CreateDirectory(Path.Combine(scratch, "point")).FullName;
        Tool.Run("truncate", "-s", "320M", image).Checked();
        string first, second;
        using (var loop = new LoopDevice(image, directIo: directIo))
        {
            Tool.Bash($"{make} {loop.Device}", Limit).Checked();
            loop.Mount(point, type);
            Tool.Bash($"""
                cd {point}; mkdir a b; cp -r /usr/share/common-licenses a/
                for i in $(seq 1 60); do seq $i $((i * 300)) > b/$i; done
                head -c 20000000 /dev/zero | tr '\0' 'z' > large; sync -f .; rm b/1? ; truncate -s 7000001 large; fstrim . || true
                """, Limit).Checked();
            first = Tool.Bash($"cd {point}; find . -type f | sort | xargs sha256sum", Limit).Checked().Output;
            loop.Unmount();
        }
        using (var loop = new LoopDevice(image, readOnly: true))
        {
            Tool.Bash($"{check} {loop.Device}", Limit).Checked();
            loop.Mount(point, type, "ro");
            second = Tool.Bash($"cd {point}; find . -type f | sort | xargs sha256sum", Limit).Checked().Output;
            loop.Unmount();
        }
        Assert.Equal(first, second);
        return first;
    });
}
