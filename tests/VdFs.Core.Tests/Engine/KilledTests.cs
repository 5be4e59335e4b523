using VdFs.Core.Checking;
using VdFs.Core.Errors;
using VdFs.Core.Snapshots;

namespace VdFs.Core.Tests.Engine;

/// <summary>Killed before any single step on the state directory: mounted again, no record is missed that is there, and none that is gone is expected.</summary>
public sealed class KilledTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Whatever_step_was_the_last_nothing_is_lost_and_nothing_is_held_against_the_records(int quarter)
    {
        int steps = 0;
        Run(int.MaxValue, ref steps);
        Assert.InRange(steps, 100, 2000);
        for (int last = quarter; last < steps; last += 4)
        {
            int done = 0;
            Run(last, ref done);
        }
    }

    private static void Run(int last, ref int steps)
    {
        using var world = new EngineWorld(new EngineOptions { MaxCheckpoints = 2 });
        int count = 0;
        // From here on nothing reaches the state directory any more, as after a kill.
        FsError Count(string operation)
        {
            if (operation.StartsWith("read", StringComparison.Ordinal))
                return FsError.None;
            return ++count > last ? throw new KilledException() : FsError.None;
        }
        world.State.Fault = Count;
        var truth = new Truth(world);
        try
        {
            Life(world, truth);
        }
        catch (KilledException)
        {
            // As intended.
        }
        world.State.Fault = null;
        steps = count;
        world.Events.Clear();
        world.Restart(clean: false);
        Assert.DoesNotContain(world.Events, e => e.Warning);
        truth.Verify();
        Assert.DoesNotContain(world.Events, e => e.Warning);
        world.Cut("after");
        truth.Verify();
        Assert.True(world.Engine.Stop().Succeeded);
        Assert.Empty(new StateCheck(world.State, world.Preserve, world.Catalog, world.Tree, new CheckOptions()).Run().Findings);
    }

    private static void Life(EngineWorld world, Truth truth)
    {
        truth.Create("a");
        truth.Create("b");
        for (int round = 1; round <= 4; round++)
        {
            truth.Write("a", 4096 * round, 8192, (byte)round);
            if (round != 2)
                truth.Write("b", 20_000_000 + (4096 * round), 4096, (byte)round);
            truth.Cut($"s{round}");
            if (round > 1)
                truth.Release($"s{round - 1}");
        }
        truth.Write("a", 0, 4096, 77);
        truth.Release("s4");
        Assert.True(world.Engine.Stop().Succeeded);
        world.Restart(clean: false);
        truth.Write("a", 4096, 4096, 78);
        truth.Write("b", 0, 4096, 79);
        truth.Cut("s5");
        truth.Write("a", 8192, 4096, 80);
    }

    private sealed class KilledException : Exception;

    /// <summary>What was written, and what it was at each cut.</summary>
    private sealed class Truth(EngineWorld world)
    {
        private const int Size = 21_000_000;
        private readonly Dictionary<string, byte[]> images = [];
        private readonly Dictionary<string, Dictionary<string, byte[]>> cuts = [];

        public void Create(string name)
        {
            images[name] = [];
            world.Create(name);
        }

        public void Write(string name, int offset, int length, byte value)
        {
            byte[] data = Enumerable.Repeat(value, length).ToArray();
            try
            {
                world.Write(name, offset, data);
            }
            finally
            {
                // It may have been done or not; what the image holds is what counts.
                images[name] = world.Content(name);
            }
        }

        public void Cut(string name)
        {
            cuts[name] = images.ToDictionary(i => i.Key, i => i.Value.ToArray());
            world.Cut(name);
        }

        public void Release(string name) => world.Release(name);

        public void Verify()
        {
            foreach (Snapshot snapshot in world.Engine.Snapshots.All.Where(s => cuts.ContainsKey(s.Name)))
            {
                foreach ((string name, byte[] then) in cuts[snapshot.Name])
                {
                    if (snapshot.Held)
                        Assert.True(then.AsSpan().SequenceEqual(world.View(snapshot.Name, name, 1 << 20)), $"view of {name} in {snapshot.Name}");
                    Covers(world.Changes(name, snapshot.Name), then, images[name]);
                }
            }
        }

        private static void Covers(ChangeReport report, byte[] then, byte[] now)
        {
            Assert.False(report.Full, report.Reason);
            byte[] laid = new byte[now.Length];
            then.AsSpan(0, Math.Min(then.Length, now.Length)).CopyTo(laid);
            foreach (Extent extent in report.Extents)
                now.AsSpan((int)extent.Start, (int)extent.Length).CopyTo(laid.AsSpan((int)extent.Start));
            Assert.True(laid.AsSpan().SequenceEqual(now), $"changes of {report.Image} since {report.From}");
            Assert.InRange(report.Extents.Sum(e => e.Length), 0, Size / 100);
        }
    }
}
