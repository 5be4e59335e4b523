using VdFs.Fuse.Mounting;

namespace VdFs.Fuse.Tests.Mounting;

public sealed class MountTableTests
{
    [Fact]
    public void Lines_are_read_with_escapes_and_optional_fields()
    {
        ReadOnlySpan<byte> text = """
            22 1 254:0 / / rw,relatime - ext4 /dev/vda rw
            42 22 0:39 / /mnt/a\040b\134c ro,nosuid,nodev shared:1 master:2 - fuse.vdfs /srv/tab\011newline\012 ro,user_id=0
            broken line
            43 22 0:40 / /mnt/ü rw - fuse.vdfs /srv/ü rw

            """u8;
        IReadOnlyList<MountEntry> entries = MountTable.Parse(text);
        Assert.Equal(3, entries.Count);
        Assert.Equal(new MountEntry("/", "/", "ext4", "/dev/vda", 254, 0, "rw,relatime", "rw") { Id = 22, Parent = 1 }, entries[0]);
        Assert.Equal(("/mnt/a b\\c", "/srv/tab\tnewline\n", 39, true), (entries[1].MountPoint, entries[1].Source, entries[1].Minor, entries[1].IsReadOnly));
        Assert.Equal(("/mnt/ü", "/srv/ü", false), (entries[2].MountPoint, entries[2].Source, entries[2].IsReadOnly));
    }

    [Fact]
    public void The_root_is_among_this_machines_mounts() => Assert.Contains(MountTable.Read(), m => m.MountPoint == "/");
}
