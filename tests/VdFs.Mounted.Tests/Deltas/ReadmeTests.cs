using System.IO;

namespace VdFs.Mounted.Tests.Deltas;

/// <summary>The six lines of the README, as they stand there.</summary>
public sealed class ReadmeTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    [Fact]
    public void The_lines_of_the_readme_make_backups_that_restore_also_after_a_night_that_failed()
    {
        using var images = new MountedImages();
        string backup = Directory.CreateDirectory(Path.Combine(images.Scratch, "backup")).FullName;
        string[] lines = Lines(images, backup);
        string nightly = string.Join('\n', lines[..4]);
        Directory.CreateDirectory(Path.Combine(images.Mount, "db"));
        string image = Path.Combine(images.Mount, "db/disk.img");
        Tool.Bash($"head -c 3000000 /dev/urandom > {image}").Checked();
        var wanted = new List<string>();
        for (int night = 0; night < 5; night++)
        {
            string want = Path.Combine(images.Scratch, $"night{night}");
            Tool.Bash($"cp {image} {want}").Checked();
            // In one night the copy ends half-way: its snapshot stays, and the same lines go on with it.
            if (night == 2)
            {
                Assert.NotEqual(0, Tool.Run("bash", ["-c", $"rsync() {{ command rsync --include='*/' --include='*.json' --exclude='*' \"$@\"; return 23; }}\n{nightly}"], Limit).ExitCode);
                Assert.True(Directory.Exists(images.Snapshot("tonight")));
            }
            Assert.Equal(0, Tool.Run("bash", ["-c", nightly], Limit).ExitCode);
            wanted.Add(want);
            Tool.Bash($"head -c {(night + 1) * 7000} /dev/urandom | dd of={image} bs=1 seek={night * 100_000} conv=notrunc status=none").Checked();
        }
        string[] chain = [.. Directory.GetFiles(Path.Combine(backup, "db"), "*.qcow2").Order(StringComparer.Ordinal)];
        Assert.Equal(wanted.Count, chain.Length);
        for (int night = 0; night < wanted.Count; night++)
        {
            string time = Path.GetFileName(chain[night])["disk.img@".Length..^".qcow2".Length];
            Tool.Bash($"cd {images.Scratch}\n{lines[0]}\n{string.Join('\n', lines[4..]).Replace("20261122T031500.000Z", time, StringComparison.Ordinal)}\ntruncate -s 3000000 disk.img; cmp disk.img {wanted[night]}", Limit).Checked();
        }
    }

    private static string[] Lines(MountedImages images, string backup)
    {
        string[] readme = File.ReadAllLines(Path.Combine(Repository.Root, "README.md"));
        string[] lines = [.. readme.SkipWhile(l => l != "### The circle in six lines").SkipWhile(l => l != "```").Skip(1).TakeWhile(l => l != "```")];
        Assert.Equal(6, lines.Length);
        return [.. lines.Select(l => l.Replace("/vm/.snapshots", images.Snapshots, StringComparison.Ordinal).Replace("to=/backup", $"to={backup}", StringComparison.Ordinal))];
    }
}
