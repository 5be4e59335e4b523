using System.IO;
using System.Text.Json;
using VdFs.Mounted.Tests.Guests;

namespace VdFs.Mounted.Tests.Deltas;

/// <summary>A running guest's disk, copied full once and by its delta after: the chain is its disk at the cut, and another guest runs on top of it.</summary>
public sealed class GuestDeltaTests : IDisposable
{
    private static readonly TimeSpan BootLimit = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);
    private readonly TemporaryFolder work = new();

    public void Dispose() => work.Dispose();

    [Fact]
    public void A_chain_holds_what_a_guest_had_synced_and_is_another_guests_disk()
    {
        using var images = new MountedImages();
        string image = Path.Combine(images.Mount, "disk.raw");
        Tool.Run("qemu-img", "create", "-q", "-f", "raw", image, "256M").Checked();
        GuestKernel kernel = GuestKernel.Find();
        string initramfs = GuestInitramfs.Build(kernel, work.Path);
        string backup = Directory.CreateDirectory(Path.Combine(images.Scratch, "backup")).FullName;
        GuestCut a, b;
        long incremental;
        using (var guest = new Guest(kernel, initramfs, image, "raw"))
        {
            guest.WaitUntilSynced(10, BootLimit);
            a = Cut(images, guest, "a");
            // While the guest goes on writing.
            Copy(images, "..a", backup);
            images.Release("a");
            guest.WaitUntilSynced(a.MayHave + 5, Limit);
            b = Cut(images, guest, "b");
            incremental = Copy(images, "a..b", backup);
            guest.WaitUntilSynced(b.MayHave + 2, Limit);
            Assert.Equal(0, guest.Stop(Limit));
        }
        // How much that is depends on how fast the guest writes: what changed, and no more than the tables of 256 MiB beside it.
        string description = Directory.GetFiles(backup, "disk.raw@*.json").Order(StringComparer.Ordinal).Last();
        long changed = JsonDocument.Parse(File.ReadAllText(description)).RootElement.GetProperty("extents").EnumerateArray().Sum(e => e[1].GetInt64());
        Assert.InRange(incremental, changed, changed + (1 << 20));
        string[] chain = [.. Directory.GetFiles(backup, "*.qcow2").Order(StringComparer.Ordinal)];
        Assert.Equal(2, chain.Length);
        string raw = Path.Combine(images.Scratch, "b.raw");
        Tool.Run("qemu-img", ["convert", "-O", "raw", chain[1], raw], Limit).Checked();
        Tool.Run("cmp", [raw, Path.Combine(images.Snapshot("b"), "disk.raw")], Limit).Checked();
        b.Check(raw, work.Path);
        Tool.Run("qemu-img", ["convert", "-O", "raw", chain[0], raw], Limit).Checked();
        a.Check(raw, work.Path);

        // The delta as it is, below an overlay that takes what the guest writes.
        string before = Tool.Run("sha256sum", chain).Checked().Output;
        string overlay = Path.Combine(images.Scratch, "overlay.qcow2");
        Tool.Run("qemu-img", "create", "-q", "-f", "qcow2", "-b", chain[1], "-F", "qcow2", overlay).Checked();
        using (var guest = new Guest(kernel, initramfs, overlay, "qcow2"))
        {
            guest.WaitUntilSynced(3, BootLimit);
            Assert.Equal(0, guest.Stop(Limit));
        }
        Assert.Equal(before, Tool.Run("sha256sum", chain).Checked().Output);
    }

    private static GuestCut Cut(MountedImages images, Guest guest, string name)
    {
        int synced = guest.LastSynced;
        images.Cut(name);
        // Lines that are on their way from QEMU's pipe.
        Thread.Sleep(50);
        return new GuestCut(synced, guest.LastStarted);
    }

    /// <returns>Bytes of the qcow2.</returns>
    private static long Copy(MountedImages images, string delta, string backup)
    {
        Tool.Run("rsync", ["-a", Path.Combine(images.Snapshots, delta) + "/", backup + "/"], Limit).Checked();
        return Directory.GetFiles(backup, "*.qcow2").Select(f => new FileInfo(f)).OrderBy(f => f.Name, StringComparer.Ordinal).Last().Length;
    }
}
