using System.IO;
using System.Text.Json;

namespace VdFs.Mounted.Tests.Snapshots;

/// <summary>The same line in cron, every night.</summary>
public sealed class NightlyTests
{
    private const int Nights = 30;
    private const int ImageSize = 4 << 20;
    private const string Name = "tonight";

    [Fact]
    public void Thirty_nights_leave_checkpoints_in_order_and_deltas_that_rebuild_each_night()
    {
        using var images = new MountedImages();
        using IDisposable watchdog = images.AbortAfter(TimeSpan.FromMinutes(3));
        var random = new Random(30);
        string image = Path.Combine(images.Mount, "disk.img");
        byte[] content = new byte[ImageSize];
        random.NextBytes(content);
        File.WriteAllBytes(image, content);
        byte[]? former = null;
        for (int night = 0; night < Nights; night++)
        {
            images.Cut(Name);
            string copy = Path.Combine(images.Scratch, "copy");
            Tool.Run("cp", Path.Combine(images.Snapshot(Name), "disk.img"), copy).Checked();
            byte[] view = File.ReadAllBytes(copy);
            Assert.True(content.AsSpan().SequenceEqual(view), $"night {night}: the view isn't what was written");
            if (former is not null)
            {
                long changed = Apply(images, image, view, former);
                Assert.True(former.AsSpan().SequenceEqual(view), $"night {night}: the delta doesn't make the new view of the old one");
                Assert.InRange(changed, 1, ImageSize / 2);
            }
            former = view;
            // The day, before and after the backup's end.
            Change(image, content, random);
            images.Release(Name);
            Change(image, content, random);
        }
        string[] expected = [Name, .. Enumerable.Range(1, Nights - 1).Select(n => $"{Name}~{n}")];
        Assert.Equal(expected.Order(StringComparer.Ordinal), Directory.GetDirectories(images.Checkpoints).Select(d => Path.GetFileName(d)).Order(StringComparer.Ordinal));
        Assert.Equal(expected.Reverse(), Listed(images));
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(images.Checkpoints, Name)));
    }

    [Fact]
    public void Checkpoints_are_limited_and_the_oldest_goes_first()
    {
        using var images = new MountedImages("--max-checkpoints", "5");
        File.WriteAllText(Path.Combine(images.Mount, "disk.img"), "content");
        for (int night = 0; night < 9; night++)
        {
            images.Cut(Name);
            images.Release(Name);
        }
        Assert.Equal([Name, $"{Name}~1", $"{Name}~2", $"{Name}~3", $"{Name}~4"],
            Directory.GetDirectories(images.Checkpoints).Select(d => Path.GetFileName(d)).Order(StringComparer.Ordinal));
    }

    private static void Change(string image, byte[] content, Random random)
    {
        using Microsoft.Win32.SafeHandles.SafeFileHandle file = File.OpenHandle(image, FileMode.Open, FileAccess.Write);
        for (int i = 0; i < 4; i++)
        {
            byte[] data = new byte[random.Next(1, 30_000)];
            random.NextBytes(data);
            int offset = random.Next(ImageSize - data.Length);
            data.CopyTo(content, offset);
            RandomAccess.Write(file, data, offset);
        }
    }

    /// <summary>Copies what changed since the former night's cut from the view; answers how much that was.</summary>
    private static long Apply(MountedImages images, string image, byte[] view, byte[] target)
    {
        ToolResult changes = VdfsCommand.Run("changes", image, "--from", $"{Name}~1", "--to", Name, "--json").Checked();
        long sum = 0;
        foreach (JsonElement extent in JsonDocument.Parse(changes.Output).RootElement.GetProperty("extents").EnumerateArray())
        {
            (int start, int length) = (extent.GetProperty("start").GetInt32(), extent.GetProperty("length").GetInt32());
            view.AsSpan(start, length).CopyTo(target.AsSpan(start));
            sum += length;
        }
        return sum;
    }

    /// <summary>Names as `vdfs snapshot list` has them, oldest cut first.</summary>
    private static IEnumerable<string> Listed(MountedImages images)
    {
        ToolResult list = VdfsCommand.Run("snapshot", "list", images.Mount, "--json").Checked();
        return JsonDocument.Parse(list.Output).RootElement.EnumerateArray().Select(s => s.GetProperty("name").GetString()!);
    }
}
