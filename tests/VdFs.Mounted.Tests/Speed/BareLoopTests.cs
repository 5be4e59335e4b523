using System.IO;
using Xunit.Abstractions;

namespace VdFs.Mounted.Tests.Speed;

/// <summary>VdFs against the least that serves a file by FUSE in the same language, side by side: the machine's speed doesn't count.</summary>
public sealed class BareLoopTests(ITestOutputHelper output)
{
    private const int Pairs = 7;
    private const int Milliseconds = 300;

    /// <summary>It reaches 0.95 on a quiet machine; what a test can promise on a busy one is that nothing is badly wrong.</summary>
    private const double Least = 0.6;

    [Fact]
    public void Reads_and_writes_are_about_as_fast_as_a_bare_loops()
    {
        using var images = new MountedImages();
        using IDisposable watchdog = images.AbortAfter(TimeSpan.FromMinutes(2));
        string mine = Path.Combine(images.Mount, "image"), its = Path.Combine(images.Scratch, "file");
        Tool.Bash($"head -c 64M /dev/urandom | tee {its} > {mine}").Checked();
        using var bare = new BareMount(its, Directory.CreateDirectory(Path.Combine(images.Root, "bare")).FullName);
        foreach (string path in new[] { mine, bare.Image })
            FioRun.Time(path, "randrw", 16, 1500);
        foreach (string way in new[] { "randread", "randwrite" })
        {
            double[] ratios = [.. Enumerable.Range(0, Pairs).Select(_ => FioRun.Time(mine, way, 16, Milliseconds).Rate / FioRun.Time(bare.Image, way, 16, Milliseconds).Rate).Order()];
            output.WriteLine($"{way}: {string.Join(' ', ratios.Select(r => r.ToString("F2")))}");
            Assert.True(ratios[Pairs / 2] >= Least, $"{way}: {ratios[Pairs / 2]:F2} of the bare loop's rate, and not {Least}");
        }
    }
}
