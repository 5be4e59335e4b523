using VdFs.Backup.Pruning;
using VdFs.Backup.Repositories;
using VdFs.Backup.Tests.Fakes;

namespace VdFs.Backup.Tests;

/// <summary>Retention counts by the order of backups, by what the host's clock said, and for each image by itself.</summary>
public sealed class RetentionTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 1, 3, 15, 0, TimeSpan.FromHours(1));

    private readonly History world = new();

    [Fact]
    public void Autumns_hour_that_is_there_twice_counts_twice()
    {
        world.Born("a.img");
        // Berlin: at 01:00 UTC on October 25th, 03:00 +02:00 becomes 02:00 +01:00.
        var change = new DateTimeOffset(2026, 10, 25, 1, 0, 0, TimeSpan.Zero);
        for (int hour = -20; hour < 16; hour++)
        {
            var utc = change.AddHours(hour).AddMinutes(30);
            world.Backup(utc.ToOffset(TimeSpan.FromHours(utc < change ? 2 : 1)));
        }
        Assert.Equal(Enumerable.Range(10, 26), world.Kept(new() { Hourly = 26 }));
        // The day of the change has 25 hours, and the one before it ends at 22:00 UTC: number 16 is at 21:30 UTC.
        Assert.Equal([16, 35], world.Kept(new() { Daily = 2 }));
        Assert.Equal(["02:30 +02:00", "02:30 +01:00"], world.Made[19..21].Select(b => b.Taken.ToString("HH:mm zzz", System.Globalization.CultureInfo.InvariantCulture)));
    }

    [Fact]
    public void Days_are_those_of_the_host_that_was_backed_up()
    {
        world.Born("a.img");
        // Evenings in Auckland, of one day by UTC and of two there; and without a zone, by UTC.
        world.Backup(new(2026, 6, 1, 11, 30, 0, TimeSpan.FromHours(12)));
        world.Backup(new(2026, 6, 1, 23, 30, 0, TimeSpan.FromHours(12)));
        world.Backup(new(2026, 6, 2, 0, 30, 0, TimeSpan.FromHours(12)));
        Assert.Equal([1, 2], world.Kept(new() { Daily = 2 }));
        for (int i = 0; i < world.Made.Count; i++)
            world.Made[i] = world.Made[i] with { Clock = null };
        // 23:30 of May 31st, 11:30 and 12:30 of June 1st.
        Assert.Equal([0, 2], world.Kept(new() { Daily = 2 }));
    }

    [Theory]
    [InlineData(7)]
    [InlineData(9)]
    public void Ten_nights_after_a_cut_in_2038_are_ten_nights(int daily)
    {
        world.Born("a.img");
        world.Backup(new(2038, 1, 19, 3, 14, 7, TimeSpan.Zero));
        for (int night = 0; night < 10; night++)
            world.Backup(Start.AddDays(night));
        Assert.All(world.Made, b => Assert.StartsWith("20380119", b.Id, StringComparison.Ordinal));
        Assert.Equal(Enumerable.Range(11 - daily, daily), world.Kept(new() { Daily = daily }));
    }

    [Fact]
    public void The_newest_is_the_one_that_was_made_last_whatever_the_clocks_say()
    {
        world.Born("a.img");
        world.Backup(Start);
        world.Backup(Start.AddYears(20));
        world.Backup(new(1970, 1, 1, 0, 0, 0, TimeSpan.Zero));
        Assert.Equal([2], world.Kept(new() { Last = 1 }));
        Assert.Equal([2], world.Kept(new() { Daily = 1 }));
        // A day that comes again is met already.
        world.Backup(Start.AddYears(20));
        Assert.Equal([2, 3], world.Kept(new() { Daily = 2 }));
    }

    [Fact]
    public void Broken_backups_take_no_complete_ones_place()
    {
        string[] lost = ["c.img", "d.img", "e.img", "f.img", "g.img", "h.img"];
        world.Born(["a.img", "b.img", .. lost]);
        for (int night = 0; night < 25; night++)
            world.Backup(Start.AddDays(night));
        world.Backup(Start.AddDays(25), missing: lost);
        Assert.Equal(Enumerable.Range(18, 8), world.Kept(new() { Daily = 7 }));
        var reasons = world.Apply(new() { Daily = 7 });
        Assert.Equal(("daily for 6 of 8 images", "newest, daily"), (reasons[18], reasons[25]));
        // An older one of the same day takes its place.
        world.Backup(Start.AddDays(25).AddHours(1));
        world.Backup(Start.AddDays(25).AddHours(2), missing: lost);
        Assert.Equal([26, 27], world.Kept(new() { Daily = 1 }));
    }

    [Fact]
    public void Backups_of_a_selection_take_no_place_of_what_they_were_not_asked_for()
    {
        world.Born("web/a.img", "db/b.img");
        for (int night = 0; night < 5; night++)
        {
            world.Backup(Start.AddDays(night));
            world.Backup(Start.AddDays(night).AddHours(12), only: ["web/**"]);
        }
        Assert.Equal([8, 9], world.Kept(new() { Last = 1 }));
        Assert.Equal([4, 5, 6, 7, 8, 9], world.Kept(new() { Daily = 3 }));
        Assert.Equal("daily for 1 of 2 images", world.Apply(new() { Daily = 3 })[4]);
        // Deleted, which a selection that has its path shows, and another one doesn't.
        world.Deleted("db/b.img");
        world.Backup(Start.AddDays(10), only: ["web/**"]);
        Assert.Equal([8, 10], world.Kept(new() { Last = 1 }));
        world.Backup(Start.AddDays(10), only: ["*.img"]);
        Assert.Equal([11], world.Kept(new() { Last = 1 }));
    }

    [Fact]
    public void Deleted_images_age_out()
    {
        world.Born("a.img", "b.img");
        world.Backup(Start);
        world.Backup(Start.AddDays(1));
        world.Deleted("b.img");
        for (int night = 2; night < 5; night++)
            world.Backup(Start.AddDays(night));
        // Five days: two of them still have it; after that, one, then none.
        Assert.Equal([0, 1, 2, 3, 4], world.Kept(new() { Daily = 5 }));
        Assert.Equal([1, 2, 3, 4], world.Kept(new() { Daily = 4 }));
        Assert.Equal([2, 3, 4], world.Kept(new() { Daily = 3 }));
    }

    [Fact]
    public void An_empty_backup_counts_for_nothing_but_the_newest_stays()
    {
        world.Born("a.img");
        world.Backup(Start);
        for (int night = 1; night < 5; night++)
            world.Backup(Start.AddDays(night), only: ["typo.img"]);
        world.Deleted("a.img");
        world.Backup(Start.AddDays(5));
        Assert.Equal([0, 5], world.Kept(new() { Last = 1, Daily = 2 }));
        Assert.Equal("newest", world.Apply(new() { Daily = 2 })[5]);
    }

    [Fact]
    public void An_image_that_is_renamed_and_cannot_be_read_is_not_taken_for_a_deleted_one()
    {
        world.Born("a.img", "b.img");
        world.Backup(Start);
        world.Renamed("b.img", "c.img");
        for (int night = 1; night < 5; night++)
            world.Backup(Start.AddDays(night), missing: ["c.img"], known: night % 2 == 0);
        Assert.Equal([0, 4], world.Kept(new() { Daily = 1 }));
    }

    [Fact]
    public void Another_mounts_backups_say_nothing_about_an_image_but_those_of_a_new_state_do()
    {
        world.Born("a.img");
        world.Backup(Start);
        world.Deleted("a.img");
        (world.State, world.Host) = (new('6', 32), "there");
        world.Born("x.img");
        for (int night = 1; night < 5; night++)
            world.Backup(Start.AddDays(night));
        Assert.Equal([0, 3, 4], world.Kept(new() { Daily = 2 }));
        // The same mount, whose state directory was lost: the image has another id from then on.
        world.Deleted("x.img");
        world.State = new('7', 32);
        world.Born("y.img");
        world.Backup(Start.AddDays(5));
        world.Backup(Start.AddDays(6));
        Assert.Equal([0, 5, 6], world.Kept(new() { Daily = 2 }));
    }

    [Fact]
    public void A_damaged_backup_takes_no_whole_ones_place()
    {
        world.Born("a.img");
        for (int night = 0; night < 5; night++)
            world.Backup(Start.AddDays(night));
        world.Damaged.Add(world.Made[3].Images[0].File);
        Assert.Equal([2, 3, 4], world.Kept(new() { Daily = 2 }));
        Assert.Equal([4], world.Kept(new() { Last = 1 }));
    }

    /// <summary>Against rules that are applied to one image after the other, by what was true at each cut.</summary>
    [Theory]
    [MemberData(nameof(Seeds))]
    public void Each_image_has_what_the_rules_promise(int seed)
    {
        var random = new Random(seed);
        var clock = Start;
        var dead = new List<string>();
        for (int i = 0; i < 60; i++)
        {
            while (world.Paths.Count() < random.Next(1, 6))
                world.Born($"{"ab"[random.Next(2)]}/{i}-{random.Next(1000)}.img");
            if (random.Next(5) == 0)
            {
                string gone = world.Paths.ElementAt(random.Next(world.Paths.Count()));
                dead.Add(gone);
                world.Deleted(gone);
            }
            clock = random.Next(15) == 0 ? clock.AddDays(random.Next(-400, 400)) : clock.AddMinutes(random.Next(1, 1500));
            world.Backup(
                clock.ToOffset(TimeSpan.FromHours(random.Next(-11, 12))), random.Next(4) == 0 ? ["ab"[random.Next(2)] + "/**"] : null,
                [.. world.Paths.Where(_ => random.Next(6) == 0)], known: random.Next(2) == 0);
        }
        foreach (KeepPolicy policy in new KeepPolicy[]
        {
            new() { Last = 1 }, new() { Last = 7 }, new() { Hourly = 9 }, new() { Daily = 5 }, new() { Weekly = 4 }, new() { Monthly = 6, Daily = 3 }, new() { Yearly = 2, Last = 2, Hourly = 3 },
        })
        {
            var expected = new SortedSet<int> { world.Made.Count - 1 };
            foreach (string image in world.Made.SelectMany(b => b.Images).Select(i => i.Image).Distinct())
            {
                foreach (var rule in policy.Rules)
                    expected.UnionWith(Wanted(image, rule));
            }
            Assert.Equal(expected, world.Kept(policy));
        }
    }

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 12)];

    private List<int> Wanted(string image, KeepRule rule)
    {
        var kept = new List<int>();
        var met = new HashSet<long>();
        int[] having = [.. world.Made.Index().Where(b => b.Item.Images.Any(i => i.Image == image)).Select(b => b.Index)];
        var path = world.Made[having[^1]].Images.First(i => i.Image == image).Path;
        for (int i = world.Made.Count - 1; i >= 0 && met.Count < rule.Count; i--)
        {
            var backup = world.Made[i];
            long period = rule.Period(backup.Taken, world.Made.Count - 1 - i);
            if (having.Contains(i))
            {
                if (!met.Add(period) && i != having[0])
                    continue;
                kept.Add(i);
            }
            else if (i > having[^1] && !world.Existed[i].Contains(image) && backup.Images.Count > 0
                && (backup.Selection.Count == 0 || path.IsIn(Paths.RelativePath.Parse(backup.Selection[0][..1])))
                && !backup.Missing.Any(m => m.Image is null && !world.Made.SelectMany(b => b.Images).Any(o => o.Path == m.Path)))
            {
                met.Add(period);
            }
        }
        return kept;
    }
}
