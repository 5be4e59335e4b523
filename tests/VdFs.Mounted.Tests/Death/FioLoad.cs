using System.Globalization;
using System.IO;
using System.Text.Json;

namespace VdFs.Mounted.Tests.Death;

/// <summary>fio on one image of a mount: random writes of 4 KiB, 16 at once, each read again and checked, and all of them written down.</summary>
internal sealed class FioLoad : IDisposable
{
    private const int BlockSize = 4096;
    private readonly BackgroundTool fio;
    private readonly MountedImages images;
    private readonly string name;

    /// <param name="images">The mount.</param>
    /// <param name="name">An image that is there.</param>
    /// <param name="seed">Of the places.</param>
    /// <param name="options">More options of fio's.</param>
    public FioLoad(MountedImages images, string name, int seed, params string[] options)
        : this(images, name, seed, [], options)
    {
    }

    /// <param name="images">The mount.</param>
    /// <param name="name">An image that is there.</param>
    /// <param name="seed">Of the places.</param>
    /// <param name="user">What starts a command as another user; empty: as this one.</param>
    /// <param name="options">More options of fio's.</param>
    public FioLoad(MountedImages images, string name, int seed, string[] user, string[] options)
    {
        this.images = images;
        this.name = name;
        string[] command =
        [
            .. user, "fio", "--name=load", $"--filename={Path.Combine(images.Mount, name)}", "--rw=randwrite", "--bs=4k", "--direct=1", "--ioengine=libaio", "--iodepth=16",
            "--fallocate=none", "--verify=crc32c", "--verify_backlog=512", "--verify_fatal=1", $"--randseed={seed}", $"--write_iolog={Log}", "--eta=never", .. options,
        ];
        fio = new BackgroundTool(command[0], command[1..]);
    }

    private string Log => Path.Combine(images.Scratch, name + ".iolog");

    /// <summary>Makes an image of zeros.</summary>
    public static void Make(MountedImages images, string name, long size)
    {
        using FileStream file = File.Create(Path.Combine(images.Mount, name));
        file.SetLength(size);
    }

    /// <summary>Has it end, and waits for that: no error, and not one wrong byte.</summary>
    public void Stop(TimeSpan limit)
    {
        // fio waits for what is under way and ends as if its time were over.
        Tool.Run("kill", "-INT", fio.Id.ToString(CultureInfo.InvariantCulture));
        int code = fio.WaitForExit(limit);
        string said = string.Join('\n', fio.Lines);
        Assert.True(said.Contains("err= 0", StringComparison.Ordinal) && !said.Contains("verify:", StringComparison.Ordinal), $"fio ended with {code}:\n{said}");
    }

    /// <summary>The changes of this image since a cut are the blocks that fio wrote, no fewer and no more.</summary>
    public void CheckRecord(string cut)
    {
        var written = new SortedSet<long>();
        foreach (string line in File.ReadLines(Log))
        {
            string[] words = line.Split(' ');
            int at = Array.IndexOf(words, "write");
            if (at < 0)
                continue;
            long first = long.Parse(words[at + 1], CultureInfo.InvariantCulture);
            for (long offset = first; offset < first + long.Parse(words[at + 2], CultureInfo.InvariantCulture); offset += BlockSize)
                written.Add(offset / BlockSize);
        }
        var recorded = new SortedSet<long>();
        ToolResult changes = VdfsCommand.Run("changes", Path.Combine(images.Mount, name), "--from", cut, "--json").Checked();
        Assert.DoesNotContain("counts as changed", changes.Error, StringComparison.Ordinal);
        foreach (JsonElement extent in JsonDocument.Parse(changes.Output).RootElement.GetProperty("extents").EnumerateArray())
        {
            long start = extent.GetProperty("start").GetInt64();
            for (long offset = start; offset < start + extent.GetProperty("length").GetInt64(); offset += BlockSize)
                recorded.Add(offset / BlockSize);
        }
        Assert.NotEmpty(written);
        Assert.Equal([], written.Except(recorded));
        Assert.Equal([], recorded.Except(written));
    }

    public void Dispose() => fio.Dispose();
}
