using System.IO;

namespace VdFs.Mounted.Tests.Guests;

/// <summary>A real guest writes to its disk while snapshots are cut; each copy of a view is its disk at that instant.</summary>
public sealed class GuestTests : IDisposable
{
    private static readonly TimeSpan BootLimit = TimeSpan.FromSeconds(90);
    private readonly TemporaryFolder work = new();

    public void Dispose() => work.Dispose();

    /// <summary>The same checks on a bare directory, where halting QEMU makes the instant: they find nothing wrong there.</summary>
    [Fact]
    public void A_halted_guests_disk_holds_what_was_synced()
    {
        string image = Image(work.Path, "raw");
        using Guest guest = Boot(image, "raw");
        guest.WaitUntilSynced(10, BootLimit);
        int synced = guest.LastSynced;
        Tool.Run("kill", "-STOP", guest.ProcessId.ToString()).Checked();
        string copy = Path.Combine(work.Path, "copy");
        Tool.Run("cp", "--sparse=always", image, copy).Checked();
        Thread.Sleep(100);
        var cut = new GuestCut(synced, guest.LastStarted);
        Tool.Run("kill", "-CONT", guest.ProcessId.ToString()).Checked();
        guest.WaitUntilSynced(synced + 10, TimeSpan.FromSeconds(30));
        Assert.Equal(0, guest.Stop(TimeSpan.FromSeconds(30)));
        cut.Check(copy, work.Path);
    }

    [Theory]
    [InlineData("raw")]
    [InlineData("qcow2")]
    public void A_snapshot_holds_what_a_guest_had_synced_and_nothing_later(string format)
    {
        using var images = new MountedImages();
        string image = Image(images.Mount, format);
        GuestCut a, b;
        using (Guest guest = Boot(image, format))
        {
            guest.WaitUntilSynced(10, BootLimit);
            a = Cut(images, guest, "a");
            guest.WaitUntilSynced(a.MayHave + 20, TimeSpan.FromSeconds(60));
            b = Cut(images, guest, "b");
            guest.WaitUntilSynced(b.MayHave + 10, TimeSpan.FromSeconds(60));
            // While the guest goes on writing.
            Copy(images, "a", format);
            Copy(images, "b", format);
            Assert.Equal(0, guest.Stop(TimeSpan.FromSeconds(30)));
        }
        a.Check(Raw(images, "a", format), work.Path);
        b.Check(Raw(images, "b", format), work.Path);
        Assert.True(b.MustHave > a.MayHave);
    }

    private static GuestCut Cut(MountedImages images, Guest guest, string name)
    {
        int synced = guest.LastSynced;
        images.Cut(name);
        // Lines that are on their way from QEMU's pipe.
        Thread.Sleep(50);
        return new GuestCut(synced, guest.LastStarted);
    }

    private static void Copy(MountedImages images, string name, string format) => Tool.Run(
        "cp", "--sparse=always", Path.Combine(images.Snapshot(name), $"disk.{format}"), Path.Combine(images.Scratch, $"{name}.{format}")).Checked();

    private static string Raw(MountedImages images, string name, string format)
    {
        string copy = Path.Combine(images.Scratch, $"{name}.{format}");
        if (format == "raw")
            return copy;
        // 3: clusters that a power cut would have leaked, and nothing worse.
        ToolResult check = Tool.Run("qemu-img", "check", "-f", format, copy);
        Assert.True(check.ExitCode is 0 or 3, check.ToString());
        string raw = Path.Combine(images.Scratch, $"{name}.raw");
        Tool.Run("qemu-img", "convert", "-f", format, "-O", "raw", copy, raw).Checked();
        return raw;
    }

    private static string Image(string folder, string format)
    {
        string image = Path.Combine(folder, $"disk.{format}");
        Tool.Run("qemu-img", "create", "-q", "-f", format, image, "256M").Checked();
        return image;
    }

    private Guest Boot(string image, string format)
    {
        GuestKernel kernel = GuestKernel.Find();
        return new Guest(kernel, GuestInitramfs.Build(kernel, work.Path), image, format);
    }
}
