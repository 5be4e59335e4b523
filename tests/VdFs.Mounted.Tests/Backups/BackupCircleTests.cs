using System.IO;
using System.Text.Json;
using VdFs.Mounted.Tests.Guests;
using Xunit.Abstractions;

namespace VdFs.Mounted.Tests.Backups;

/// <summary>
/// The first claim of US 8,326,803 from end to end: a guest writes; a backup reads a snapshot, whose preserved data is released when it is complete; what the guest writes from then on
/// is recorded, and the next backup copies just that.
/// </summary>
public sealed class BackupCircleTests(ITestOutputHelper output) : IDisposable
{
    private static readonly TimeSpan BootLimit = TimeSpan.FromSeconds(120);
    private readonly RepositoryWorld world = new();

    public void Dispose() => world.Dispose();

    [Theory]
    [InlineData("raw")]
    [InlineData("qcow2")]
    public void A_running_guest_is_backed_up_in_full_and_then_by_what_it_changed(string format)
    {
        MountedImages images = world.Images;
        string disk = Path.Combine(images.Mount, $"disk.{format}");
        Tool.Run("qemu-img", "create", "-q", "-f", format, disk, "256M").Checked();
        GuestKernel kernel = GuestKernel.Find();
        string[] views = [Path.Combine(images.Scratch, "view-1"), Path.Combine(images.Scratch, "view-2")];
        var answers = new JsonElement[2];
        using (var guest = new Guest(kernel, GuestInitramfs.Build(kernel, world.Folder("guest")), disk, format))
        {
            int synced = 0;
            for (int i = 0; i < 2; i++)
            {
                guest.WaitUntilSynced(synced + 10, BootLimit);
                // The view, as any tool copies it, while the backup holds it.
                string copy = $"cp --sparse=always \"$VDFS_MOUNT/.snapshots/$VDFS_SNAPSHOT/disk.{format}\" '{views[i]}'";
                string[] init = i == 0 ? ["--init"] : [];
                answers[i] = world.Json(["backup", images.Mount, world.Repository, "--after", copy, "--command-timeout", "120", .. init]);
                synced = guest.LastSynced;
                Assert.DoesNotContain(world.Json("snapshot", "list", images.Mount).EnumerateArray(), s => s.GetProperty("held").GetBoolean());
            }
            guest.WaitUntilSynced(synced + 2, BootLimit);
            Assert.Equal(0, guest.Stop(TimeSpan.FromSeconds(60)));
        }

        JsonElement first = RepositoryWorld.ImageOf(answers[0], $"disk.{format}");
        JsonElement second = RepositoryWorld.ImageOf(answers[1], $"disk.{format}");
        Assert.Equal("full", first.GetProperty("way").GetString());
        Assert.Equal("incremental", second.GetProperty("way").GetString());
        Assert.True(answers[0].GetProperty("taken").GetDateTimeOffset() < answers[1].GetProperty("taken").GetDateTimeOffset());
        Assert.Equal(("after", 0), answers[1].GetProperty("commands").EnumerateArray().Select(c => (c.GetProperty("when").GetString(), c.GetProperty("exitCode").GetInt32())).Single());
        for (int i = 0; i < 2; i++)
        {
            string restored = Path.Combine(images.Scratch, $"restored-{i}");
            VdfsCommand.Run("restore", $"{world.Repository}@{answers[i].GetProperty("backup").GetString()}", $"disk.{format}", restored).Checked();
            Tool.Run("cmp", views[i], restored).Checked();
        }

        long differ = DifferingBlocks(views[0], views[1]) * 4096;
        long stored = second.GetProperty("dataBytes").GetInt64();
        long file = new FileInfo(Path.Combine(world.Repository, second.GetProperty("file").GetString()!)).Length;
        output.WriteLine($"{format}: {differ} bytes differ in blocks of 4 KiB, the incremental backup has {stored} bytes of content, its file {file} bytes; the full one {first.GetProperty("dataBytes").GetInt64()}");
        // Everything that differs; beyond it only blocks that were written with what they held.
        Assert.InRange(stored, differ - 4096, differ + Math.Max(differ, 2 << 20));
        Assert.True(stored < first.GetProperty("dataBytes").GetInt64() || stored < 8 << 20, "an incremental backup of a few files is small");
        world.Verify();
    }

    [Fact]
    public void Two_repositories_of_one_mount_do_not_disturb_each_other()
    {
        MountedImages images = world.Images;
        Tool.Bash($"head -c 3000000 /dev/urandom > '{images.Mount}/a'").Checked();
        string other = Path.Combine(world.Folder("other"), "repository");
        world.BackUp();
        world.Json("backup", images.Mount, other, "--init");
        for (int night = 0; night < 3; night++)
        {
            Tool.Bash($"head -c 5000 /dev/urandom | dd of='{images.Mount}/a' bs=4096 seek={100 + (night * 9)} conv=notrunc status=none").Checked();
            JsonElement here = RepositoryWorld.ImageOf(world.BackUp(), "a");
            Assert.Equal(("incremental", 8192L), (here.GetProperty("way").GetString(), here.GetProperty("dataBytes").GetInt64()));
        }
        JsonElement there = RepositoryWorld.ImageOf(world.Json("backup", images.Mount, other), "a");
        Assert.Equal(("incremental", 3 * 8192L), (there.GetProperty("way").GetString(), there.GetProperty("dataBytes").GetInt64()));
        world.RestoresAll();
    }

    private static long DifferingBlocks(string left, string right)
    {
        using FileStream a = File.OpenRead(left), b = File.OpenRead(right);
        byte[] x = new byte[4096], y = new byte[4096];
        long blocks = 0;
        while (true)
        {
            int read = a.ReadAtLeast(x, x.Length, throwOnEndOfStream: false);
            int other = b.ReadAtLeast(y, y.Length, throwOnEndOfStream: false);
            if (read == 0 && other == 0)
                return blocks;
            // What became zeros is a zero cluster, and no content.
            if (!x.AsSpan(0, read).SequenceEqual(y.AsSpan(0, other)) && y.AsSpan(0, other).ContainsAnyExcept((byte)0))
                blocks++;
        }
    }
}
