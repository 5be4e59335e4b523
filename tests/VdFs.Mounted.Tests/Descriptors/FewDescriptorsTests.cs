using System.IO;
using System.Text.Json;
using VdFs.Mounted.Tests.Death;
using Xunit.Abstractions;

namespace VdFs.Mounted.Tests.Descriptors;

/// <summary>A daemon with few descriptors works as one with many, only slower: nobody gets an error, and no snapshot is lost.</summary>
public sealed class FewDescriptorsTests(ITestOutputHelper output)
{
    private const int BlockSize = 4096;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    /// <summary>The whole of what is promised takes long: tests/soak.sh asks for it.</summary>
    private static bool Full => Environment.GetEnvironmentVariable("VDFS_DESCRIPTORS") == "full";

    [Fact]
    public void Snapshots_of_more_images_than_there_are_descriptors_are_whole_also_after_deaths()
    {
        (int snapshots, int count, int limit) = Full ? (1000, 100, 4096) : (30, 24, 700);
        using var images = new MountedImages(prepare: null, new LimitedMounter(limit));
        using IDisposable watchdog = images.AbortAfter(Full ? TimeSpan.FromHours(4) : Limit);
        var daemon = new Daemon(images);
        for (int i = 0; i < count; i++)
            File.WriteAllBytes(Image(images.Mount, i), Content(i, -1));
        for (int s = 0; s < snapshots; s++)
        {
            images.Cut($"s{s}");
            for (int i = 0; i < count; i++)
                Overwrite(images.Mount, i, s);
            if (s == snapshots / 3 || s == snapshots / 2)
                daemon.KillWorker();
        }
        daemon.KillWorker();
        daemon.WaitForSuccession(3);
        JsonElement[] all = [.. JsonDocument.Parse(VdfsCommand.Run("snapshot", "list", images.Mount, "--json").Checked().Output).RootElement.EnumerateArray()];
        Assert.Equal(snapshots, all.Length);
        Assert.All(all, s => Assert.Equal("whole", s.GetProperty("state").GetString()));
        // All views of one image, and all images of some views.
        for (int s = 0; s < snapshots; s++)
        {
            for (int i = s % 7 == 0 ? 0 : count - 1; i < count; i++)
                Assert.True(Content(i, s - 1).AsSpan().SequenceEqual(File.ReadAllBytes(Image(images.Snapshot($"s{s}"), i))), $"image {i} in snapshot {s}");
        }
        DescriptorsAre(images, limit);
        Assert.DoesNotContain("lost", File.ReadAllText(Path.Combine(images.State, "vdfs.log")), StringComparison.Ordinal);
    }

    [Fact]
    public void More_files_than_there_are_descriptors_are_made_listed_and_removed_without_an_error()
    {
        (int files, int limit) = Full ? (1_000_000, 4096) : (3000, 700);
        using var images = new MountedImages(prepare: null, new LimitedMounter(limit));
        using IDisposable watchdog = images.AbortAfter(Full ? TimeSpan.FromHours(4) : Limit);
        TimeSpan patience = Full ? TimeSpan.FromHours(2) : Limit;
        File.WriteAllText(Path.Combine(images.Mount, "image"), "content\n");
        images.Cut("held");
        Tool.Run("bash", ["-ec", $"cd '{images.Mount}'; for d in $(seq 30); do mkdir $d; for i in $(seq {files / 30}); do echo $i > $d/$i; done; done"], patience).Checked();
        ToolResult listed = Tool.Run("bash", ["-c", $"ls -lR '{images.Mount}' | grep -c '^-'"], patience).Checked();
        Assert.Equal($"{(files / 30 * 30) + 1}", listed.Output.Trim());
        Assert.Equal("", listed.Error);
        // One write, with every inode of the listing known to the kernel.
        File.WriteAllText(Path.Combine(images.Mount, "image"), "changed\n");
        Assert.Equal("content\n", File.ReadAllText(Path.Combine(images.Snapshot("held"), "image")));
        Tool.Run("bash", ["-ec", $"cd '{images.Mount}'; cat */* | wc -l; rm -r [0-9]*"], patience).Checked();
        Assert.Contains("whole", VdfsCommand.Run("snapshot", "list", images.Mount).Checked().Output, StringComparison.Ordinal);
        DescriptorsAre(images, limit);
    }

    [Fact]
    public void More_files_are_open_at_once_than_there_are_descriptors()
    {
        const int Limit = 700;
        using var images = new MountedImages(prepare: null, new LimitedMounter(Limit));
        using IDisposable watchdog = images.AbortAfter(FewDescriptorsTests.Limit);
        var daemon = new Daemon(images);
        string script = Path.Combine(images.Scratch, "client.py");
        File.WriteAllText(script, """
            import os, sys
            os.chdir(sys.argv[1])
            files = [os.open(f'f{i}', os.O_CREAT | os.O_RDWR, 0o600) for i in range(900)]
            for i, f in enumerate(files): os.pwrite(f, b'%09d' % i, 0)
            for i in range(0, 900, 20): os.unlink(f'f{i}')
            print('ready', flush=True)
            sys.stdin.readline()
            for i, f in enumerate(files):
                assert os.pread(f, 9, 0) == b'%09d' % i, i
                os.pwrite(f, b'%09d' % i, 9)
            for i, f in enumerate(files): assert os.pread(f, 18, 0) == b'%09d' % i * 2, i
            print('right', flush=True)
            """);
        using var client = new BackgroundTool("python3", [script, images.Mount]);
        client.WaitFor("open files", lines => lines.Contains("ready"), FewDescriptorsTests.Limit);
        daemon.KillWorker();
        daemon.WaitForSuccession(1);
        client.WriteLine("");
        client.WaitFor("open files after a death", lines => lines.Contains("right"), FewDescriptorsTests.Limit);
        Assert.Equal(0, client.WaitForExit(FewDescriptorsTests.Limit));
        DescriptorsAre(images, Limit);
    }

    [Fact]
    public void Files_that_come_and_go_leave_nothing_over_unmount_and_mount()
    {
        using var images = new MountedImages();
        using IDisposable watchdog = images.AbortAfter(Limit);
        File.WriteAllText(Path.Combine(images.Mount, "stays"), "content\n");
        int used = DescriptorsOf(images);
        Tool.Run("bash", ["-ec", $"cd '{images.Mount}'; for i in $(seq 500); do echo x > t; rm t; done"], Limit).Checked();
        images.Unmount();
        images.MountAgain();
        Assert.Equal(1, Daemon.Status(images).GetProperty("engine").GetProperty("imagesKnown").GetInt32());
        Assert.Single(Directory.EnumerateDirectories(Path.Combine(images.State, "images")));
        Assert.InRange(DescriptorsOf(images), 0, used + 20);
        output.WriteLine($"{used} descriptors before");
    }

    private static void DescriptorsAre(MountedImages images, int limit)
    {
        JsonElement descriptors = Daemon.Status(images).GetProperty("descriptors");
        Assert.Equal(limit, descriptors.GetProperty("limit").GetInt32());
        Assert.InRange(descriptors.GetProperty("used").GetInt32(), 1, limit * 9 / 10);
    }

    private static int DescriptorsOf(MountedImages images) => Daemon.Status(images).GetProperty("descriptors").GetProperty("used").GetInt32();

    private static string Image(string folder, int image) => Path.Combine(folder, $"disk{image}.img");

    /// <summary>As it is after the write that follows a snapshot; -1: as it was made.</summary>
    private static byte[] Content(int image, int snapshot)
    {
        byte[] content = new byte[4 * BlockSize];
        Array.Fill(content, (byte)(image + 1));
        for (int s = Math.Max(0, snapshot - 3); s <= snapshot; s++)
            Block(image, s).CopyTo(content, s % 4 * BlockSize);
        return content;
    }

    private static byte[] Block(int image, int snapshot)
    {
        byte[] block = new byte[BlockSize];
        new Random((image * 10_007) + snapshot).NextBytes(block);
        return block;
    }

    private static void Overwrite(string folder, int image, int snapshot)
    {
        using FileStream file = new(Image(folder, image), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, 0);
        file.Position = snapshot % 4 * BlockSize;
        file.Write(Block(image, snapshot));
    }
}
