using System.Diagnostics;
using VdFs.Fuse.Session;

namespace VdFs.Fuse.Tests.Session;

/// <summary>How many readers are found good on devices and hosts that exist as formulas only: requests per millisecond by readers.</summary>
public sealed class CrewSizeTests
{
    private const int Limit = 16;

    [Fact]
    public void A_device_that_does_eight_things_at_once_gets_eight_readers_soon()
    {
        var world = new World(readers => Math.Min(readers, 8));
        world.Run(milliseconds: 2000);
        Assert.InRange(world.Size.Wanted, 7, 9);
        Assert.InRange(world.MeanWanted(1000), 7, 9);
    }

    [Fact]
    public void Where_the_client_needs_the_other_core_one_reader_stays_alone()
    {
        var world = new World(readers => readers == 1 ? 150 : 90);
        world.Run(milliseconds: 10_000);
        Assert.InRange(world.MeanWanted(5000), 1, 1.1);
    }

    [Fact]
    public void Readers_that_add_nothing_go_again()
    {
        var world = new World(readers => readers <= 2 ? 50 * readers : 100, crowdedUpTo: Limit);
        world.Run(milliseconds: 5000);
        Assert.InRange(world.MeanWanted(2000), 1.8, 2.4);
    }

    [Fact]
    public void Where_nothing_queues_one_reader_is_left()
    {
        var world = new World(readers => Math.Min(readers, 4));
        world.Run(milliseconds: 2000);
        Assert.InRange(world.Size.Wanted, 3, 5);
        world.CrowdedUpTo = 0;
        world.Run(milliseconds: 500);
        Assert.Equal(1, world.Size.Wanted);
    }

    [Fact]
    public void Another_kind_of_load_is_tried_anew()
    {
        var world = new World(readers => readers == 1 ? 150 : 90);
        world.Run(milliseconds: 10_000);
        world.Rate = readers => Math.Min(readers, 2);
        world.WorkEach = 1 << 20;
        world.Run(milliseconds: 1000);
        Assert.InRange(world.MeanWanted(500), 1.8, 2.6);
    }

    [Fact]
    public void Readers_that_were_good_for_large_requests_leave_small_ones_soon()
    {
        var world = new World(readers => 1);
        for (int turn = 0; turn < 10; turn++)
        {
            world.Rate = readers => Math.Min(readers, 3);
            world.WorkEach = 1 << 20;
            world.Run(milliseconds: 600);
            Assert.InRange(world.MeanWanted(200), 2.3, 4);
            world.Pause(milliseconds: 1000);
            world.Rate = readers => readers == 1 ? 150 : 90;
            world.WorkEach = 20_000;
            world.Run(milliseconds: 400);
            Assert.InRange(world.MeanWanted(200), 1, 1.2);
            Assert.InRange(world.MeanWanted(400), 1, 1.5);
            world.Pause(milliseconds: 1000);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_machine_that_others_use_too_is_not_misjudged_for_long(int seed)
    {
        var chance = new Random(seed);
        var good = new World(readers => Math.Min(readers, 4) * (0.8 + (0.4 * chance.NextDouble())));
        good.Run(milliseconds: 20_000);
        Assert.InRange(good.MeanWanted(15_000), 2.5, 6);
        var bad = new World(readers => (readers == 1 ? 150 : 90) * (0.8 + (0.4 * chance.NextDouble())));
        bad.Run(milliseconds: 20_000);
        Assert.InRange(bad.MeanWanted(15_000), 1, 1.3);
    }

    [Fact]
    public void An_idle_mount_keeps_no_trial()
    {
        var world = new World(readers => Math.Min(readers, 8));
        world.Run(milliseconds: 45);
        world.Pause(milliseconds: 5000);
        int before = world.Size.Wanted;
        world.CrowdedUpTo = 0;
        world.Run(milliseconds: 300);
        Assert.True(before <= 2);
        Assert.Equal(1, world.Size.Wanted);
    }

    [Fact]
    public void A_load_that_comes_in_bursts_is_not_tried_anew_in_each()
    {
        var world = new World(readers => readers == 1 ? 150 : 90);
        world.Run(milliseconds: 10_000);
        for (int burst = 0; burst < 20; burst++)
        {
            world.Pause(milliseconds: 1000);
            world.Run(milliseconds: 200);
        }
        Assert.InRange(world.MeanWanted(20 * 200), 1, 1.03);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Bursts_that_begin_slowly_on_a_noisy_machine_are_hardly_disturbed(int seed)
    {
        var chance = new Random(seed);
        int since = 0;
        double mood = 1;
        var world = new World(readers =>
        {
            if (since++ % 20 == 0)
                mood = 0.8 + (0.4 * chance.NextDouble());
            return (readers == 1 ? 220 : 180) * mood * Math.Min(1, 0.2 + (since / 50.0));
        });
        for (int burst = 0; burst < 60; burst++)
        {
            since = 0;
            world.Run(milliseconds: 400);
            world.Pause(milliseconds: 1000);
        }
        Assert.InRange(world.MeanWanted(50 * 400), 1, 1.08);
    }

    private sealed class World(Func<int, double> rate, int crowdedUpTo = Limit)
    {
        private static readonly long Millisecond = Stopwatch.Frequency / 1000;

        private readonly List<int> wanted = [];
        private long time = Stopwatch.Frequency;
        private double requests;
        private double found;
        private double work;

        public CrewSize Size { get; } = new(Limit);

        public Func<int, double> Rate { get; set; } = rate;

        public int CrowdedUpTo { get; set; } = crowdedUpTo;

        public double WorkEach { get; set; } = 20_000;

        public void Run(int milliseconds)
        {
            for (int i = 0; i < milliseconds; i++)
            {
                time += Millisecond;
                double done = Rate(Size.Wanted);
                requests += done;
                work += done * WorkEach;
                if (Size.Wanted <= CrowdedUpTo)
                    found += done;
                if (time >= Size.Due)
                    Size.Judge(new(time, (long)requests, (long)found, (long)work));
                wanted.Add(Size.Wanted);
            }
        }

        public void Pause(int milliseconds)
        {
            time += milliseconds * Millisecond;
            Size.Judge(new(time, (long)requests, (long)found, (long)work));
        }

        public double MeanWanted(int lastMilliseconds) => wanted.TakeLast(lastMilliseconds).Average();
    }
}
