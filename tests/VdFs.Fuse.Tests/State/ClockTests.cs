using System.IO;

namespace VdFs.Fuse.Tests.State;

/// <summary>A clock that jumps: times of cuts go on rising, and no image is taken for one that nobody changed.</summary>
public sealed class ClockTests
{
    [Fact]
    public void Cut_times_are_unique_and_rise_however_the_clock_jumps()
    {
        using var world = new StateWorld();
        var clock = new JumpingClock();
        world.Clock = clock;
        Assert.Null(world.Open());
        world.Write("a", 0, 4096, 1);
        var times = new List<long>();
        TimeSpan[] jumps = [TimeSpan.Zero, TimeSpan.FromDays(-400), TimeSpan.FromTicks(3), TimeSpan.FromDays(900), TimeSpan.FromDays(-901), TimeSpan.Zero];
        for (int i = 0; i < 3 * jumps.Length; i++)
        {
            clock.Now += jumps[i % jumps.Length];
            world.Cut($"s{i}");
            times.Add(world.Engine!.List().Single(s => s.Name == $"s{i}").Time.ToUnixTimeMilliseconds());
            if (i % 4 == 3)
            {
                // Not even a time that was forgotten is given again.
                Assert.True(world.Engine!.Delete($"s{i}").Succeeded);
                world.Close(clean: i % 8 == 3);
                clock.Now -= TimeSpan.FromDays(30);
                Assert.Null(world.Open());
            }
        }
        Assert.Equal(times.Distinct().Order(), times);
        world.Close(clean: true);
        Assert.Empty(world.Check().Findings);
    }

    [Theory]
    [InlineData(-3650)]
    [InlineData(0)]
    [InlineData(3650)]
    public void An_image_that_was_changed_and_given_any_time_is_noticed(int days)
    {
        using var world = new StateWorld();
        Assert.Null(world.Open());
        world.Write("a", 0, 8192, 1);
        world.Write("b", 0, 8192, 2);
        world.Cut("s");
        world.Close(clean: true);
        string image = world.Images + "/a";
        DateTime then = File.GetLastWriteTimeUtc(image);
        using (FileStream file = File.OpenWrite(image))
            file.WriteByte(99);
        File.SetLastWriteTimeUtc(image, then.AddDays(days));
        Assert.Contains(world.Check().Findings, f => f.Fault && f.What.Contains("changed while VdFs was not mounted", StringComparison.Ordinal));
        Assert.Null(world.Open());
        Assert.True(world.Engine!.Changes("a", "s", null, out var report).Succeeded && report!.Full);
        Assert.True(world.Engine!.Changes("b", "s", null, out report).Succeeded && !report!.Full);
        Assert.StartsWith("part lost", world.Engine.List().Single().State, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_the_clock_said_is_kept_beside_a_cuts_time_and_a_step_back_is_told_once(bool clean)
    {
        using var world = new StateWorld();
        var clock = new JumpingClock();
        world.Clock = clock;
        DateTimeOffset right = clock.Now.ToOffset(clock.LocalTimeZone.BaseUtcOffset);
        Assert.Null(world.Open());
        clock.Now = new DateTimeOffset(2038, 1, 19, 3, 14, 7, TimeSpan.Zero);
        world.Cut("wrong");
        Assert.True(world.Engine!.Delete("wrong").Succeeded);
        world.Close(clean);
        clock.Now = right.ToUniversalTime();
        Assert.Null(world.Open());
        Assert.Equal(new DateTimeOffset(2038, 1, 19, 3, 14, 7, TimeSpan.Zero) - right, TimeSpan.FromSeconds(world.Engine!.Status().ClockBehindSeconds));
        for (int night = 0; night < 3; night++)
        {
            world.Cut($"night{night}");
            var info = world.Engine!.List()[^1];
            Assert.Equal(new DateTimeOffset(2038, 1, 19, 3, 14, 7, 1 + night, TimeSpan.Zero), info.Time);
            Assert.True(info.Clock!.Value.EqualsExact(right.AddDays(night)), info.Clock.ToString());
            // Known from here on: there is nothing wrong with the clock any more.
            Assert.Equal(night == 0, info.Warning.Contains("2038-01-19 08:59:07 +05:45", StringComparison.Ordinal));
            Assert.Single(world.Events, e => e.Message.Contains("the clock of this host says 2026-11-22 17:45:00 +05:45", StringComparison.Ordinal));
            Assert.Equal(0, world.Engine.Status().ClockBehindSeconds);
            clock.Now += TimeSpan.FromDays(1);
        }
        world.Close(clean);
        Assert.Null(world.Open());
        Assert.Equal([0, 1, 2], world.Engine!.List().Select(s => (s.Clock!.Value - right).Days));
        Assert.All(world.Engine.List(), s => Assert.Equal(TimeSpan.FromMinutes(345), s.Clock!.Value.Offset));
        world.Close(clean: true);
        Assert.Empty(world.Check().Findings);
    }

    private sealed class JumpingClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

        public override TimeZoneInfo LocalTimeZone { get; } = TimeZoneInfo.CreateCustomTimeZone("here", TimeSpan.FromMinutes(345), null, null);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
