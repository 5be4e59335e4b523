using System.Globalization;
using System.IO;
using VdFs.TestKit.Guests;
using VdFs.TestKit.Processes;

namespace VdFs.PowerCut.Guests;

/// <summary>A virtual machine under plain emulation in which VdFs serves images from an ext4 disk, whose writes and flushes QEMU logs.</summary>
public sealed class LoadGuest(string folder, string tools)
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
        dotnet /tools/powercut/vdfs.dll mount /mnt/images /vm $(cat /options) || { cat /mnt/images/.vdfs/vdfs.log /var/log/vdfs/*; fail vdfs mount; }
        say MOUNTED
        "$@"
        say DONE $?
        poweroff -f
        """;

    private static readonly TimeSpan BootLimit = TimeSpan.FromMinutes(4);

    /// <summary>Boots, runs the load for some seconds, and answers when the guest has ended.</summary>
    /// <param name="disk">The disk; what the guest writes is on it afterwards.</param>
    /// <param name="log">The log that is made.</param>
    /// <param name="seed">Of the load.</param>
    /// <param name="seconds">How long the load runs.</param>
    /// <param name="options">Options for `vdfs mount`.</param>
    public string Run(string disk, string log, ulong seed, int seconds, string options)
    {
        GuestKernel kernel = GuestKernel.Find();
        string archive = GuestArchive.Build(kernel, folder, GuestArchive.DiskModules.Append("fuse"), Init,
            root => File.WriteAllText(Path.Combine(root, "options"), options));
        Directory.Delete(Path.Combine(folder, "initramfs"), recursive: true);
        File.WriteAllBytes(log, []);
        int commit = 1 + (int)(seed % 5);
        string command = string.Create(CultureInfo.InvariantCulture,
            $"{commit},dotnet,/tools/powercut/powercut.dll,load,/vm,/dev/vda,{GuestDisks.LedgerAt},{seed},{seconds}");
        using var qemu = new BackgroundTool("qemu-system-x86_64",
        [
            "-M", "q35", "-accel", "tcg,thread=multi", "-smp", "2", "-m", "1024", "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
            "-kernel", kernel.Image, "-initrd", archive,
            "-append", $"console=ttyS0 panic=-1 quiet vdfs={command}",
            // No host syncs: the host goes on living. What the guest flushes is logged all the same.
            "-blockdev", $"driver=file,node-name=file0,filename={disk},cache.no-flush=on",
            "-blockdev", $"driver=file,node-name=log0,filename={log},cache.no-flush=on",
            "-blockdev", "driver=blklogwrites,node-name=disk0,file=file0,log=log0,log-sector-size=512",
            "-blockdev", $"driver=file,node-name=tools0,filename={tools},read-only=on",
            "-device", "virtio-blk-pci,drive=disk0,discard=off,write-zeroes=off,write-cache=on",
            "-device", "virtio-blk-pci,drive=tools0",
            "-serial", "stdio",
        ]);
        qemu.WaitForExit(BootLimit + TimeSpan.FromSeconds(seconds * 2));
        string said = string.Join('\n', qemu.Lines);
        return said.Contains("VDFS DONE 0", StringComparison.Ordinal) ? said
            : throw new InvalidOperationException($"The guest didn't do what it was told:\n{said}");
    }
}
