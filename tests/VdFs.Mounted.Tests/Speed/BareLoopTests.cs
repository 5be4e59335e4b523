using System.IO;
using VdFs.Mounted.Tests.Mounts;
using Xunit.Abstractions;

namespace VdFs.Mounted.Tests.Speed;

/// <summary>VdFs against the least that serves a file by FUSE in the same language, side by side: the machine's speed doesn't count.</summary>
public sealed class BareLoopTests(ITestOutputHelper output)
{
    private const int FewestPairs = 5;
    private const int MostPairs = 20;
    private const int Milliseconds = 300;

    /// <summary>It reaches 0.95 on a quiet machine; what a test can promise on a busy one is that nothing is badly wrong.</summary>
    private const double Least = 0.6;

    [Fact]
    public void Reads_and_writes_are_about_as_fast_as_a_bare_loops()
    {
        using var images = new MountedImages();
        using IDisposable watchdog = images.AbortAfter(TimeSpan.FromMinutes(4));
        string mine = Path.Combine(images.Mount, "image"), its = Path.Combine(images.Scratch, "file");
        Tool.Bash($"head -c 64M /dev/urandom | tee {its} > {mine}").Checked();
        using var bare = new BareMount(its, Directory.CreateDirectory(Path.Combine(images.Root, "bare")).FullName);
        Favour.Daemon(DaemonStatus.Of(images.Mount).GetProperty("pid").GetInt32());
        foreach (string path in new[] { mine, bare.Image })
            FioRun.Time(path, "randrw", 16, 1500);
        foreach (string way in new[] { "randread", "randwrite" })
            Compare(way, mine, bare.Image);
    }

    /// <summary>In turns, and more often while other processes take what one of the two needs: the best run of each tells what it can.</summary>
    private void Compare(string way, string mine, string its)
    {
        List<double> ratios = [];
        double best = 0, itsBest = 0;
        bool Enough() => best >= itsBest * Least || Median(ratios) >= Least;
        while (ratios.Count < FewestPairs || (ratios.Count < MostPairs && !Enough()))
        {
            double rate = FioRun.Time(mine, way, 16, Milliseconds).Rate, itsRate = FioRun.Time(its, way, 16, Milliseconds).Rate;
            ratios.Add(rate / itsRate);
            (best, itsBest) = (Math.Max(best, rate), Math.Max(itsBest, itsRate));
        }
        string found = $"{way}: {best:F0} a second at best, the bare loop {itsBest:F0}: {best / itsBest:F2}; median of {ratios.Count} pairs {Median(ratios):F2}";
        output.WriteLine(found);
        Assert.True(Enough(), $"{found}, and neither is {Least}");
    }

    private static double Median(List<double> ratios) => ratios.Order().ElementAt(ratios.Count / 2);
}
