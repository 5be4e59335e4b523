using System.IO;

namespace VdFs.Mounted.Tests.Deltas;

/// <summary>The lines about nightly backups in the README, as they stand there.</summary>
public sealed class ReadmeTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);
    private readonly MountedImages images = new();
    private readonly string backup;
    private readonly string image;

    public ReadmeTests()
    {
        backup = Path.Combine(images.Scratch, "backup");
        image = Path.Combine(images.Mount, "db/disk.img");
        Tool.Bash($"mkdir {images.Mount}/db; head -c 3000000 /dev/urandom > {image}").Checked();
    }

    public void Dispose() => images.Dispose();

    [Fact]
    public void The_commands_of_the_readme_make_nightly_backups_that_restore()
    {
        string[] lines = Lines(block: 0, count: 4);
        for (int night = 0; night < 3; night++)
        {
            Run(lines[Math.Min(night, 1)]);
            Tool.Bash($"cp {image} {images.Scratch}/night{night}").Checked();
            Change(night);
        }
        Assert.Contains("All is whole; backups: 3, files: 3.", Run(lines[2]).Output, StringComparison.Ordinal);
        AssertRestores(lines[3], $"{backup}/images/db");
    }

    [Fact]
    public void Its_three_lines_do_the_same()
    {
        Directory.CreateDirectory(backup);
        string[] lines = Lines(block: 1, count: 3);
        for (int night = 0; night < 3; night++)
        {
            string nightly = string.Join(" &&\n", lines.Select(l => l.Split('#')[0]));
            Run(night == 0 ? nightly.Replace("/a..b/", "/..b/", StringComparison.Ordinal) : nightly.Replace("/a..b/", "/b~1..b/", StringComparison.Ordinal));
            Tool.Bash($"cp {image} {images.Scratch}/night{night}").Checked();
            Change(night);
        }
        AssertRestores(Lines(block: 0, count: 4)[3].Replace("/images/db/", "/db/", StringComparison.Ordinal), $"{backup}/db");
    }

    private void Change(int night) =>
        Tool.Bash($"head -c {(night + 1) * 7000} /dev/urandom | dd of={image} oflag=seek_bytes seek={night * 100_000} conv=notrunc status=none").Checked();

    /// <summary>By the line of the README, with each night's time in place of the one there.</summary>
    private void AssertRestores(string restore, string folder)
    {
        string[] chain = [.. Directory.GetFiles(folder, "*.qcow2").Order(StringComparer.Ordinal)];
        Assert.Equal(3, chain.Length);
        for (int night = 0; night < chain.Length; night++)
        {
            string time = Path.GetFileName(chain[night])["disk.img@".Length..^".qcow2".Length];
            Run($"{restore.Replace("20261122T031500.000Z", time, StringComparison.Ordinal)}\ntruncate -s 3000000 disk.img; cmp disk.img night{night}");
        }
    }

    private ToolResult Run(string script) => Tool.Bash(
        script.Replace("/vm", images.Mount, StringComparison.Ordinal).Replace("/backup", backup, StringComparison.Ordinal)
            .Replace($"mount-scripts{backup}-with-rsync", NightlyWorld.Script, StringComparison.Ordinal),
        Limit, images.Scratch).Checked();

    private static string[] Lines(int block, int count)
    {
        var section = File.ReadAllLines(Path.Combine(Repository.Root, "README.md")).SkipWhile(l => l != "### Nightly backups");
        for (int i = 0; i < block; i++)
            section = section.SkipWhile(l => l != "```").Skip(1).SkipWhile(l => l != "```").Skip(1);
        string[] lines = [.. section.SkipWhile(l => l != "```").Skip(1).TakeWhile(l => l != "```")];
        Assert.Equal(count, lines.Length);
        return lines;
    }
}
