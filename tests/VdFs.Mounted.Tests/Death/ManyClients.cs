using System.IO;
using VdFs.Mounted.Tests.Snapshots;

namespace VdFs.Mounted.Tests.Death;

/// <summary>
/// Everything that clients do at once: fio on two images (16 deep, verified, the record of one compared block by block), writers of self-describing sectors, names
/// made and deleted, snapshots cut, looked at, renamed and released. One error, wrong byte or inexact snapshot fails the test.
/// </summary>
internal sealed class ManyClients(MountedImages images, int seed)
{
    private static readonly TimeSpan FioLimit = TimeSpan.FromMinutes(2);

    /// <summary>Runs the load, and something beside it so many times.</summary>
    /// <param name="times">How often.</param>
    /// <param name="beside">Gets 1, 2, ….</param>
    /// <returns>How much was done, for the test's output.</returns>
    public string Run(int times, Action<int> beside)
    {
        FioLoad.Make(images, "exact.img", 512 << 20);
        FioLoad.Make(images, "fast.img", 64 << 20);
        images.Cut("base");
        string[] endless = ["--time_based", "--runtime=3600"];
        using var exact = new FioLoad(images, "exact.img", seed, [.. endless, "--rate_iops=600"]);
        using var fast = new FioLoad(images, "fast.img", seed, endless);
        using var names = new NameLoad(Path.Combine(images.Mount, "names"), seed);
        int cuts = 0;
        using (var world = new SectorWorld(Directory.CreateDirectory(Path.Combine(images.Mount, "world")).FullName, seed, direct: true))
        {
            for (int i = 1; i <= times; i++)
            {
                int number = i;
                using (var trouble = new Trouble(() => beside(number)))
                {
                    do
                        CutAndCheck(world, $"cut{++cuts}");
                    while (!trouble.IsOver);
                }
                world.ThrowIfFailed();
                names.ThrowIfFailed();
            }
        }
        names.Finish();
        fast.Stop(FioLimit);
        exact.Stop(FioLimit);
        exact.CheckRecord("base");
        return $"{cuts} cuts, {names.Operations} operations on names";
    }

    /// <summary>A snapshot that may well be cut, looked at and released by three workers.</summary>
    private void CutAndCheck(SectorWorld world, string name)
    {
        long begun = world.Clock.Tick();
        Directory.CreateDirectory(images.Snapshot(name));
        long done = world.Clock.Tick();
        Assert.True(Directory.Exists(images.Snapshot(name)), $"{name} was cut and isn't there");
        world.Check(Path.Combine(images.Snapshot(name), "world"), begun, done);
        Directory.Move(images.Snapshot(name), images.Snapshot(name + "-b"));
        world.Check(Path.Combine(images.Snapshot(name + "-b"), "world"), begun, done);
        Directory.Delete(images.Snapshot(name + "-b"));
        Directory.Delete(Path.Combine(images.Checkpoints, name + "-b"));
    }
}
