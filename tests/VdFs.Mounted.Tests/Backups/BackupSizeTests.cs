using System.IO;
using System.Text.Json;

namespace VdFs.Mounted.Tests.Backups;

/// <summary>Full backups take the room of what the images hold.</summary>
public sealed class BackupSizeTests : IDisposable
{
    private readonly RepositoryWorld world = new();

    public void Dispose() => world.Dispose();

    [Fact]
    public void Small_images_and_fragmented_ones_take_the_room_of_what_they_hold()
    {
        string mount = world.Images.Mount;
        const int Blocks = 3000;
        Tool.Bash($"""
            cd {mount}; mkdir small
            for i in $(seq 60); do head -c 8192 /dev/urandom > small/$i.img; done
            truncate -s 1G fragmented.img
            """).Checked();
        var random = new Random(3);
        using (FileStream file = File.OpenWrite(Path.Combine(mount, "fragmented.img")))
        {
            byte[] block = new byte[4096];
            for (int i = 0; i < Blocks; i++)
            {
                random.NextBytes(block);
                file.Position = random.NextInt64((1L << 30) >> 12) << 12;
                file.Write(block);
            }
        }
        JsonElement answer = world.BackUp();
        long held = Used(Path.Combine(mount, "fragmented.img"));
        string file4 = Path.Combine(world.Repository, RepositoryWorld.ImageOf(answer, "fragmented.img").GetProperty("file").GetString()!);
        Assert.InRange(Used(file4), held, (long)(1.6 * held));
        Tool.Run("qemu-img", "check", "-q", file4).Checked();
        Assert.InRange(Used(Path.Combine(world.Repository, "images/small")), 60 * 8192, 60 * 40_000);
        // What is told is what it takes.
        Assert.InRange(answer.GetProperty("storedBytes").GetInt64(), (long)(0.95 * Used(Path.Combine(world.Repository, "images"))), (long)(1.05 * Used(Path.Combine(world.Repository, "images"))));
        world.RestoresAll();
        world.Verify();

        // The same by copying a full delta, as rsync would.
        world.Images.Cut("a");
        string copies = world.Folder("copies");
        Tool.Bash($"cp -r --sparse=always {world.Images.Snapshots}/..a/fragmented.img@*.qcow2 {copies}/copy.qcow2").Checked();
        Assert.InRange(Used($"{copies}/copy.qcow2"), held, (long)(1.6 * held));
        Tool.Bash($"qemu-img check -q {copies}/copy.qcow2; qemu-img compare -f raw -F qcow2 {world.Images.Snapshot("a")}/fragmented.img {copies}/copy.qcow2").Checked();
    }

    [Fact]
    public void Pruning_keeps_a_fragmented_image_small()
    {
        string image = Path.Combine(world.Images.Mount, "a.img");
        Tool.Bash($"truncate -s 256M {image}").Checked();
        var random = new Random(4);
        for (int night = 0; night < 3; night++)
        {
            using (FileStream file = File.OpenWrite(image))
            {
                byte[] block = new byte[4096];
                for (int i = 0; i < 300; i++)
                {
                    random.NextBytes(block);
                    file.Position = random.NextInt64((1L << 28) >> 12) << 12;
                    file.Write(block);
                }
            }
            world.BackUp();
        }
        world.Json("prune", world.Repository, "--keep-last", "1", "--compact");
        Assert.Single(Directory.GetFiles(world.Repository, "*.qcow2", SearchOption.AllDirectories));
        Assert.InRange(Used(Path.Combine(world.Repository, "images")), Used(image), 2 * Used(image));
        world.RestoresAll();
        world.Verify();
    }

    private static long Used(string path) => long.Parse(Tool.Bash($"du -s --block-size=1 '{path}' | cut -f1").Checked().Output, System.Globalization.CultureInfo.InvariantCulture);
}
