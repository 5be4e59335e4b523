using System.Globalization;

namespace VdFs.Mounted.Tests.Guests;

/// <summary>A virtual machine under plain emulation that writes and syncs numbered files on its disk.</summary>
public sealed class Guest : IDisposable
{
    private readonly BackgroundTool qemu;

    /// <param name="kernel">What it boots.</param>
    /// <param name="initramfs">Made by <see cref="GuestInitramfs"/>.</param>
    /// <param name="image">Its disk.</param>
    /// <param name="format">raw or qcow2.</param>
    public Guest(GuestKernel kernel, string initramfs, string image, string format) => qemu = new BackgroundTool("qemu-system-x86_64",
    [
        "-M", "q35", "-accel", "tcg", "-m", "256", "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
        "-kernel", kernel.Image, "-initrd", initramfs,
        "-append", "console=ttyS0 panic=-1 quiet printk.devkmsg=on",
        "-drive", $"file={image},format={format},if=none,id=d0,cache=none", "-device", "virtio-blk-pci,drive=d0",
        "-serial", "stdio",
    ]);

    public int ProcessId => qemu.Id;

    /// <summary>The last file that the guest said was synced; 0 before the first.</summary>
    public int LastSynced => Highest("VDFS SYNCED ");

    /// <summary>The last file that the guest said it begins.</summary>
    public int LastStarted => Highest("VDFS START ");

    public void WaitUntilSynced(int number, TimeSpan limit) =>
        qemu.WaitFor($"file {number} synced", lines => Failed(lines) || Highest(lines, "VDFS SYNCED ") >= number, limit);

    /// <summary>Ends the rounds, waits for the guest's end and answers how many lines of its log told of errors.</summary>
    public int Stop(TimeSpan limit)
    {
        qemu.WriteLine("stop");
        qemu.WaitForExit(limit);
        Assert.Contains(qemu.Lines, l => l.Contains("VDFS DONE", StringComparison.Ordinal));
        return Highest("VDFS ERRORS ");
    }

    public void Dispose() => qemu.Dispose();

    private int Highest(string prefix) => Highest(qemu.Lines, prefix);

    private static bool Failed(IReadOnlyList<string> lines)
    {
        string? line = lines.FirstOrDefault(l => l.Contains("VDFS FAILED", StringComparison.Ordinal));
        return line is null ? false : throw new InvalidOperationException($"The guest says: {line}");
    }

    private static int Highest(IReadOnlyList<string> lines, string prefix) => lines
        .Select(l => (Line: l, At: l.IndexOf(prefix, StringComparison.Ordinal)))
        .Where(l => l.At >= 0)
        .Select(l => int.Parse(l.Line[(l.At + prefix.Length)..].Trim(), CultureInfo.InvariantCulture))
        .LastOrDefault();
}
