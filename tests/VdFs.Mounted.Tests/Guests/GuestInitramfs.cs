using System.IO;

namespace VdFs.Mounted.Tests.Guests;

/// <summary>The guest's whole world: busybox, the modules for its virtio disk, the host's mke2fs, and one script.</summary>
public static class GuestInitramfs
{
    /// <summary>
    /// Each round writes a file whose name tells its number and its content's checksum, and says so on the console before it
    /// begins and after all of it is synced. /dev/kmsg because what it prints is out before the write returns, which a tty's isn't.
    /// A line on the console ends the rounds.
    /// </summary>
    private const string Init = """
        #!/bin/busybox sh
        /bin/busybox mkdir -p /proc /sys /dev /mnt /tmp /bin /run
        /bin/busybox --install -s /bin
        mount -t proc none /proc
        mount -t sysfs none /sys
        mount -t devtmpfs none /dev
        say() { echo "<1>VDFS $*" > /dev/kmsg; }
        fail() { say "FAILED $*"; poweroff -f; }
        for m in $(cat /modules/order); do insmod /modules/$m; done
        n=0; while [ ! -b /dev/vda ]; do sleep 0.1; n=$((n+1)); [ $n -gt 100 ] && fail no disk; done
        /host/mke2fs -q -t ext4 -F /dev/vda > /run/log 2>&1 || fail mke2fs $(cat /run/log)
        mount -t ext4 /dev/vda /mnt || fail mount
        ( read line < /dev/ttyS0; touch /run/stop ) &
        say READY
        i=0
        while [ ! -e /run/stop ]; do
          i=$((i+1))
          { echo "file $i"; dd if=/dev/urandom bs=1k count=$((1 + i * 7 % 40)) 2>/dev/null; } > /tmp/f
          sum=$(md5sum < /tmp/f); sum=${sum%% *}
          say START $i
          dd if=/tmp/f of=/mnt/$i-$sum bs=4k conv=fsync 2>/dev/null || fail write $i
          sync
          say SYNCED $i
        done
        umount /mnt || fail umount
        say ERRORS $(dmesg | grep -v VDFS | grep -ciE 'i/o error|ext4-fs (error|warning)|blk_update_request|remount')
        say DONE
        poweroff -f
        """;

    /// <summary>Builds the archive in <paramref name="folder"/> and answers its path.</summary>
    public static string Build(GuestKernel kernel, string folder) => GuestArchive.Build(kernel, folder, GuestArchive.DiskModules, Init, root =>
    {
        // Away from PATH: busybox has a mke2fs of its own, which its shell prefers.
        Directory.CreateDirectory(Path.Combine(root, "host"));
        string mke2fs = Tool.Find("mke2fs");
        Tool.Bash($"cp {mke2fs} {root}/host/mke2fs; cp /etc/mke2fs.conf {root}/etc/; ldd {mke2fs} | grep -o '/[^ ]*' | while read f; do mkdir -p {root}/$(dirname $f); cp -L $f {root}/$f; done").Checked();
    });
}
