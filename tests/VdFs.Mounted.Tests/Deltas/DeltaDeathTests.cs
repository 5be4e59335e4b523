using System.Globalization;
using System.IO;
using VdFs.Mounted.Tests.Death;

namespace VdFs.Mounted.Tests.Deltas;

/// <summary>A worker that dies in the middle of a copy is not noticed: the next one shows the same bytes.</summary>
public sealed class DeltaDeathTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);
    private const int Deaths = 4;

    [Fact]
    public void A_copy_goes_on_with_the_same_bytes_when_the_worker_is_killed()
    {
        using var images = new MountedImages();
        var daemon = new Daemon(images);
        // Written zeros that are known as zeros once they are preserved: computed again, the layout would be another.
        Tool.Bash($"""
            cd {images.Mount}
            head -c 160M /dev/urandom > disk.img
            mkdir .snapshots/a
            for ((i = 0; i < 40; i++)); do head -c 1M /dev/zero | dd of=disk.img bs=1M seek=$((i * 4)) conv=notrunc status=none; head -c 2M /dev/urandom | dd of=disk.img bs=1M seek=$((i * 4 + 1)) conv=notrunc status=none; done
            mkdir .snapshots/b
            """, Limit).Checked();
        foreach (string delta in new[] { "..b", "a..b" })
        {
            string file = Directory.GetFiles(Path.Combine(images.Snapshots, delta), "*.qcow2").Single();
            string copy = Path.Combine(images.Scratch, "copy.qcow2");
            string marks = Path.Combine(images.Scratch, "marks");
            int before = daemon.Pauses().Count;
            // Direct: what is in the kernel's cache would hide what a new worker shows. Slow enough for all deaths.
            using (var reader = new BackgroundTool("bash", ["-c", string.Create(CultureInfo.InvariantCulture,
                $"set -e; size=$(stat -c %s '{file}'); exec 5< '{file}'; : > {marks}; for ((i = 0; i * 2097152 < size; i++)); do dd iflag=direct bs=64k count=32 status=none <&5; echo $i >> {marks}; sleep 0.02; done > {copy}; echo COPIED")]))
            {
                for (int death = 1; death <= Deaths; death++)
                {
                    int at = death * 6;
                    var clock = System.Diagnostics.Stopwatch.StartNew();
                    while ((File.Exists(marks) ? File.ReadAllLines(marks).Length : 0) < at && clock.Elapsed < Limit)
                        Thread.Sleep(10);
                    Tool.Bash($"head -c 8M /dev/urandom | dd of={images.Mount}/disk.img bs=1M seek={death * 20} conv=notrunc status=none", Limit).Checked();
                    daemon.KillWorker();
                    daemon.WaitForSuccession(before + death);
                }
                reader.WaitFor("the copy", lines => lines.Contains("COPIED"), Limit);
            }
            Tool.Bash($"cmp {copy} '{file}'", Limit).Checked();
            if (delta == "..b")
                Tool.Run("qemu-img", ["compare", "-f", "qcow2", "-F", "raw", copy, Path.Combine(images.Snapshot("b"), "disk.img")], Limit).Checked();
        }
    }
}
