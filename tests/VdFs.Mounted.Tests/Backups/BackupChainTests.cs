using System.IO;
using Xunit.Abstractions;

namespace VdFs.Mounted.Tests.Backups;

/// <summary>Thirty backups of images to which everything happens that can happen to images; every point restores, before and after pruning.</summary>
public sealed class BackupChainTests(ITestOutputHelper output) : IDisposable
{
    private const int Points = 30;
    private const int Block = 4096;
    private readonly RepositoryWorld world = new();

    public void Dispose() => world.Dispose();

    [Fact]
    public void Every_point_of_a_long_chain_restores_before_and_after_pruning()
    {
        int seed = TestSeed.Get();
        output.WriteLine(TestSeed.Message(seed));
        var random = new Random(seed);
        List<string> names = ["one", "two.qcow2", "sub/three"];
        Directory.CreateDirectory(Path.Combine(world.Images.Mount, "sub"));
        using (world.Images.AbortAfter(TimeSpan.FromMinutes(8)))
        {
            foreach (string name in names)
                Write(name, random, 0, 300);
            for (int point = 0; point < Points; point++)
            {
                int changes = random.Next(1, 6);
                for (int i = 0; i < changes; i++)
                    Change(names, random, point);
                world.BackUp(point % 5 == 4 ? ["--check", "20%"] : []);
            }
            Assert.Equal(Points, world.Backups.Count);
            world.RestoresAll();
            world.Verify();

            world.Json("prune", world.Repository, "--keep-last", "17");
            Assert.Equal(17, world.Backups.Count);
            world.RestoresAll();
            world.Verify();

            // What was pruned is no base any more, and the newest still is.
            Write(names[0], random, 3, 2);
            Assert.NotEqual("full", RepositoryWorld.ImageOf(world.BackUp(), names[0]).GetProperty("way").GetString());
            world.Json("prune", world.Repository, "--keep-last", "3");
            world.RestoresAll();
            world.Json("prune", world.Repository, "--keep-last", "1");
            world.RestoresAll();
            world.Verify();
            world.LeavesNothing();
        }
    }

    private void Change(List<string> names, Random random, int point)
    {
        string name = names[random.Next(names.Count)];
        string path = Path.Combine(world.Images.Mount, name);
        long length = new FileInfo(path).Length;
        long at = length == 0 ? 0 : random.NextInt64(length);
        switch (random.Next(10))
        {
            case 0:
                Tool.Run("truncate", "-s", random.NextInt64(400 * Block).ToString(), path).Checked();
                break;
            case 1:
                Tool.Run("truncate", "-s", (length + random.Next(200 * Block)).ToString(), path).Checked();
                break;
            case 2:
                string renamed = $"sub/renamed-{point}-{random.Next(1000)} {Path.GetFileName(name).Split(' ')[^1]}";
                File.Move(path, Path.Combine(world.Images.Mount, renamed));
                names[names.IndexOf(name)] = renamed;
                break;
            case 3 when length > 0:
                Tool.Run("fallocate", "--punch-hole", "-o", at.ToString(), "-l", (1 + random.Next(50 * Block)).ToString(), path).Checked();
                break;
            case 4 when length > 0:
                Tool.Run("dd", "if=/dev/zero", $"of={path}", $"bs={Block}", $"seek={at / Block}", $"count={random.Next(1, 20)}", "conv=notrunc", "status=none").Checked();
                break;
            case 5 when length > 0:
                // Written with what was there.
                Tool.Bash($"dd if='{path}' bs={Block} skip={at / Block} count=5 status=none | dd of='{path}' bs={Block} seek={at / Block} conv=notrunc status=none").Checked();
                break;
            case 6 when names.Count < 6:
                string made = $"new-{point}-{random.Next(1000)}";
                names.Add(made);
                Write(made, random, 0, random.Next(1, 100));
                break;
            case 7 when names.Count > 2:
                File.Delete(path);
                names.Remove(name);
                break;
            default:
                Write(name, random, (int)(at / Block), random.Next(1, 30));
                break;
        }
    }

    private void Write(string name, Random random, int block, int count)
    {
        using FileStream file = File.OpenWrite(Path.Combine(world.Images.Mount, name));
        file.Position = ((long)block * Block) + random.Next(Block);
        byte[] data = new byte[(count * Block) - random.Next(Block)];
        random.NextBytes(data);
        file.Write(data);
    }
}
