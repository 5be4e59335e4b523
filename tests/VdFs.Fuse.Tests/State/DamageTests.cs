using System.IO;
using VdFs.Core.Checking;
using VdFs.Core.Storage;

namespace VdFs.Fuse.Tests.State;

/// <summary>
/// Every kind of file in the state directory, damaged in every way: the mount is refused with words, or what isn't certain is not served and not left out; `vdfs check`
/// says so before, and what it repairs is as good as it says.
/// </summary>
public sealed class DamageTests
{
    public static TheoryData<string, bool> Files
    {
        get
        {
            var data = new TheoryData<string, bool>();
            foreach (string file in new[] { "catalog.db", "intents", "records", "lock", "unrecorded", "reserve", "closed.changes", "current.changes", ".data", ".sums", "layout", "inodes" })
            {
                data.Add(file, true);
                data.Add(file, false);
            }
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void No_damage_makes_a_wrong_answer(string file, bool clean)
    {
        foreach (Damage damage in Enum.GetValues<Damage>())
        {
            bool mattered = One(file, clean, damage, repair: false);
            if (mattered)
                One(file, clean, damage, repair: true);
        }
    }

    [Theory]
    [InlineData("images")]
    [InlineData("preserve")]
    public void A_folder_that_is_gone_or_a_file_is_told(string folder)
    {
        foreach (bool file in new[] { false, true })
        {
            using StateWorld world = Used(clean: true);
            Directory.Delete($"{world.State}/{folder}", recursive: true);
            if (file)
            {
                File.WriteAllText($"{world.State}/{folder}", "");
                if (folder == "images")
                    Assert.NotEqual("", world.Open());
                continue;
            }
            Assert.Null(world.Open());
            Assert.False(world.Verify());
        }
    }

    /// <returns>Whether it was more than a file that nobody misses.</returns>
    private static bool One(string file, bool clean, Damage damage, bool repair)
    {
        using StateWorld world = Used(clean);
        string[] candidates = Candidates(world, file);
        if (!damage.Do(candidates[0], candidates.Length > 1 ? candidates[1] : null, HeaderOf(file)))
            return false;
        string what = $"{file}, {damage}, {(clean ? "clean" : "killed")}{(repair ? ", repaired" : "")}";
        CheckReport report = world.Check(repair);
        Assert.All(report.Findings, f => Assert.True(f.What.Length > 0 && f.Meaning.Length > 0, what));
        world.Events.Clear();
        string? refused = world.Open();
        if (refused is not null)
        {
            Assert.True(refused.Length > 20, what);
            Assert.False(report.Clean, $"{what}: not mounted ({refused}), and the check says nothing");
            return true;
        }
        bool whole = Checked(world, what);
        if (!repair && !whole)
            Assert.False(report.Clean, $"{what}: something is lost, and the check says nothing");
        // Life goes on: the next snapshot is whole.
        world.Cut("next");
        world.Write("a", 4096, 8192, 200);
        world.Write("b", 0, 4096, 201);
        Checked(world, what);
        Assert.True(world.Engine!.List().Single(s => s.Name == "next").State == "whole", what);
        return !whole;
    }

    private static bool Checked(StateWorld world, string what)
    {
        try
        {
            return world.Verify();
        }
        catch (Xunit.Sdk.XunitException e)
        {
            throw new Xunit.Sdk.XunitException($"{what}: {e.Message}");
        }
    }

    private static int HeaderOf(string file) => file switch
    {
        "intents" or "closed.changes" or "current.changes" or ".sums" => 512,
        "records" => 32,
        "inodes" => 24,
        _ => 0,
    };

    private static string[] Candidates(StateWorld world, string file)
    {
        string[] all = [.. Directory.GetFiles(world.State, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
        return file switch
        {
            "closed.changes" => [.. all.Where(f => f.EndsWith("2.changes", StringComparison.Ordinal))],
            "current.changes" => [.. all.Where(f => f.EndsWith("3.changes", StringComparison.Ordinal))],
            ".data" or ".sums" => [.. all.Where(f => f.EndsWith(file, StringComparison.Ordinal))],
            "layout" => [.. all.Where(f => f.Contains("/deltas/", StringComparison.Ordinal))],
            _ => [world.State + "/" + file],
        };
    }

    /// <summary>Two images with changes in every generation, a checkpoint and two held snapshots.</summary>
    private static StateWorld Used(bool clean)
    {
        var world = new StateWorld();
        Assert.Null(world.Open());
        byte value = 1;
        foreach (string cut in new[] { "one", "two", "three" })
        {
            foreach (string image in new[] { "a", "b" })
                world.Write(image, 4096 * value, 20_000, value++);
            world.Cut(cut);
        }
        foreach (string image in new[] { "a", "b" })
            world.Write(image, 8192, 16384, value++);
        // As if two files lay far out on a large xfs.
        foreach (ulong inode in new[] { 1UL << 40, 1UL << 41 })
            _ = world.Engine!.LiveInodes.Of(new FileKey(1, inode), () => 1);
        Assert.True(world.Engine!.Release("one").Succeeded);
        Assert.True(world.Verify());
        world.Close(clean);
        return world;
    }
}
