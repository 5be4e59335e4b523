using System.Globalization;
using System.IO;
using System.Text.Json;
using VdFs.Backup.Pruning;
using VdFs.Backup.Tests.Fakes;
using VdFs.TestKit.Mounting;
using VdFs.TestKit.Processes;

namespace VdFs.Backup.Tests;

/// <summary>Rules keep what they keep in restic: its own answer is the model, as far as all of its versions agree.</summary>
public sealed class KeepPolicyTests : IDisposable
{
    private readonly TemporaryFolder work = new();

    public void Dispose() => work.Dispose();

    [Fact]
    public void Backups_are_kept_as_restic_keeps_snapshots()
    {
        string repository = Path.Combine(work.Path, "restic"), file = Path.Combine(work.Path, "file");
        File.WriteAllText(file, "content");
        Restic(repository, "init");
        var random = new Random(7);
        // Around a year's end and whole years back, some of a day together.
        var times = new List<DateTime>();
        var at = new DateTime(2026, 1, 7, 22, 30, 0, DateTimeKind.Unspecified);
        for (int i = 0; i < 26; i++)
        {
            times.Add(at);
            at = at.AddMinutes(-random.Next(5, new[] { 90, 2_000, 20_000, 200_000 }[random.Next(4)]));
        }
        foreach (DateTime time in times)
            Restic(repository, "backup", "--host", "h", "--time", Written(time), file);

        foreach (KeepPolicy policy in new KeepPolicy[]
        {
            new() { Last = 3 }, new() { Hourly = 5 }, new() { Daily = 4 }, new() { Weekly = 5 }, new() { Monthly = 3 }, new() { Yearly = 2 },
            new() { Last = 1, Hourly = 2, Daily = 3, Weekly = 2, Monthly = 4, Yearly = 2 }, new() { Daily = 5, Weekly = 3 },
        })
        {
            List<string> reasons = Apply(policy, [.. times.Select(t => new DateTimeOffset(t))]);
            Assert.Equal(KeptByRestic(repository, policy), times.Where((_, i) => reasons[i].Length != 0).Select(Written).Order());
        }
    }

    /// <summary>As restic since version 0.16; older ones let it go.</summary>
    [Fact]
    public void The_oldest_stays_while_a_rule_wants_more_than_there_are()
    {
        DateTimeOffset[] times = [.. Enumerable.Range(0, 5).Select(i => new DateTimeOffset(2026, 3, 1 + (i / 2), i % 2, 0, 0, TimeSpan.Zero))];
        Assert.Equal(["daily", "daily", "", "daily", "newest, daily"], Apply(new() { Daily = 9 }, times));
        Assert.Equal(["", "daily", "", "daily", "newest, daily"], Apply(new() { Daily = 3 }, times));
        Assert.Equal(["", "", "", "", "newest"], Apply(new(), times));
    }

    /// <summary>Of backups that all have the one image, made in the order of their times; any order here, and the answer has the same.</summary>
    private static List<string> Apply(KeepPolicy policy, DateTimeOffset[] times)
    {
        int[] order = [.. Enumerable.Range(0, times.Length).OrderBy(i => times[i])];
        var world = new History();
        world.Born("a.img");
        foreach (int i in order)
            world.Backup(times[i]);
        var reasons = world.Apply(policy);
        return [.. Enumerable.Range(0, times.Length).Select(i => reasons[Array.IndexOf(order, i)])];
    }

    private static List<string> KeptByRestic(string repository, KeepPolicy policy)
    {
        string[] rules = [.. new[] { ("last", policy.Last), ("hourly", policy.Hourly), ("daily", policy.Daily), ("weekly", policy.Weekly), ("monthly", policy.Monthly), ("yearly", policy.Yearly) }
            .Where(r => r.Item2 > 0).SelectMany(r => new[] { "--keep-" + r.Item1, r.Item2.ToString(CultureInfo.InvariantCulture) })];
        string answer = Restic(repository, ["forget", "--dry-run", "--json", "--group-by", "", .. rules]);
        using JsonDocument json = JsonDocument.Parse(answer.Split('\n').First(l => l.StartsWith('[')));
        return [.. json.RootElement[0].GetProperty("keep").EnumerateArray()
            .Select(s => Written(DateTimeOffset.Parse(s.GetProperty("time").GetString()!, CultureInfo.InvariantCulture).ToLocalTime().DateTime)).Order()];
    }

    private static string Restic(string repository, params IReadOnlyList<string> arguments) => Tool.Run(
        "restic", ["-q", "-r", repository, "--no-cache", .. arguments], TimeSpan.FromSeconds(60),
        environment: new Dictionary<string, string?> { ["RESTIC_PASSWORD"] = "none", ["HOME"] = "/nonexistent" }).Checked().Output;

    private static string Written(DateTime time) => time.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
}
