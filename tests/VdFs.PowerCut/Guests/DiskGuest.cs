using System.Globalization;
using System.IO;
using VdFs.TestKit.Guests;
using VdFs.TestKit.Processes;

namespace VdFs.PowerCut.Guests;

/// <summary>A virtual machine under plain emulation with .NET and VdFs and an ext4 disk, whose writes and flushes QEMU may log.</summary>
public sealed class DiskGuest(string folder, string tools)
{
    /// <summary>Much that is dirty is written soon, without a flush: more differs between what is on the disk and what is on stable storage.</summary>
    private const string Init = """
        #!/bin/busybox sh
        /bin/busybox mkdir -p /proc /sys /dev /mnt /tmp /bin /run /tools /vm /var/log
        /bin/busybox --install -s /bin
        mount -t proc none /proc
        mount -t sysfs none /sys
        mount -t devtmpfs none /dev
        say() { echo "VDFS $*"; }
        fail() { say "FAILED $*"; poweroff -f; }
        for m in $(cat /modules/order); do insmod /modules/$m; done
        n=0; while [ ! -b /dev/vdb ]; do sleep 0.1; n=$((n+1)); [ $n -gt 100 ] && fail no disk; done
        mount -t ext4 -o ro /dev/vdb /tools || fail mount of the tools
        ln -s /tools/lib /lib; ln -s /tools/lib64 /lib64
        echo 100 > /proc/sys/vm/dirty_expire_centisecs
        echo 30 > /proc/sys/vm/dirty_writeback_centisecs
        export DOTNET_EnableDiagnostics=0 DOTNET_TieredPGO=0 DOTNET_CLI_TELEMETRY_OPTOUT=1 HOME=/tmp PATH=$PATH:/tools/dotnet DOTNET_ROOT=/tools/dotnet LC_ALL=C
        set -- $(cat /proc/cmdline | tr ' ' '\n' | sed -n 's/^vdfs=//p' | tr ',' ' ')
        say BOOTED $*
        mount -t ext4 -o commit=$1 /dev/vda /mnt || fail mount of the disk
        shift
        dotnet /tools/powercut/powercut.dll "$@" || { cat /mnt/images/.vdfs/vdfs.log; fail $1; }
        say DONE
        poweroff -f
        """;

    private static readonly TimeSpan BootLimit = TimeSpan.FromMinutes(5);

    /// <summary>Boots with the disk at /mnt, runs a command of this program, and answers what was said when the guest has ended.</summary>
    /// <param name="disk">The disk; what the guest writes is on it afterwards.</param>
    /// <param name="log">The log that is made of its writes and flushes; null: none.</param>
    /// <param name="commit">How often the filesystem commits its journal, in seconds.</param>
    /// <param name="command">What to run: words without spaces and commas.</param>
    /// <param name="expected">How long it may take on an idle machine.</param>
    /// <param name="files">Files for the guest's first root, by name: text.</param>
    public string Run(string disk, string? log, int commit, IEnumerable<string> command, TimeSpan expected, IReadOnlyDictionary<string, string>? files = null)
    {
        GuestKernel kernel = GuestKernel.Find();
        string archive = GuestArchive.Build(kernel, folder, GuestArchive.DiskModules.Append("fuse"), Init, root =>
        {
            foreach ((string name, string text) in files ?? new Dictionary<string, string>())
                File.WriteAllText(Path.Combine(root, name), text);
        });
        Directory.Delete(Path.Combine(folder, "initramfs"), recursive: true);
        // No host syncs: the host goes on living. What the guest flushes is logged all the same.
        string[] logged = [];
        if (log is not null)
        {
            File.WriteAllBytes(log, []);
            logged =
            [
                "-blockdev", $"driver=file,node-name=log0,filename={log},cache.no-flush=on",
                "-blockdev", "driver=blklogwrites,node-name=disk0,file=file0,log=log0,log-sector-size=512",
            ];
        }
        using var qemu = new BackgroundTool("qemu-system-x86_64",
        [
            "-M", "q35", "-accel", "tcg,thread=multi", "-smp", "2", "-m", "1024", "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
            "-kernel", kernel.Image, "-initrd", archive,
            "-append", string.Create(CultureInfo.InvariantCulture, $"console=ttyS0 panic=-1 quiet vdfs={commit},{string.Join(',', command)}"),
            "-blockdev", $"driver=file,node-name=file0,filename={disk},cache.no-flush=on", .. logged,
            "-blockdev", $"driver=file,node-name=tools0,filename={tools},read-only=on",
            "-device", $"virtio-blk-pci,drive={(log is null ? "file0" : "disk0")},discard=off,write-zeroes=off,write-cache=on",
            "-device", "virtio-blk-pci,drive=tools0",
            "-serial", "stdio",
        ]);
        qemu.WaitForExit(BootLimit + 4 * expected);
        string said = string.Join('\n', qemu.Lines);
        return said.Contains("VDFS DONE", StringComparison.Ordinal) ? said
            : throw new InvalidOperationException($"The guest didn't do what it was told:\n{said}");
    }
}
