using System.IO;
using System.Text.Json;

namespace VdFs.Mounted.Tests.State;

/// <summary>State that a released version left is read right by the code of today; see tests/fixtures.</summary>
public sealed class ReleasedFormatTests
{
    public static TheoryData<string> Fixtures => [.. Directory.GetFiles(Folder, "*.ext4.gz").Select(f => Path.GetFileName(f)[..^".ext4.gz".Length])];

    private static string Folder => Path.Combine(Repository.Root, "tests/fixtures");

    [Theory]
    [MemberData(nameof(Fixtures))]
    public void Snapshots_and_changes_of_a_released_version_are_read_right(string name)
    {
        using var fixture = new FixtureDisk(name);
        string[] expected = File.ReadAllLines(Path.Combine(Folder, name + ".expected"));
        fixture.Check().Checked();
        fixture.Mount();
        Verify(fixture, expected);
        fixture.Check(fixture.MountPoint).Checked();
        // It goes on from there: what was there stays as it was, and the next cut is one more.
        Tool.Bash($"mkdir {fixture.MountPoint}/.snapshots/next && echo more >> {fixture.MountPoint}/web.img").Checked();
        Verify(fixture, [.. expected.Where(l => !l.Contains("now", StringComparison.Ordinal) && !l.EndsWith("  ./web.img", StringComparison.Ordinal))]);
        fixture.Unmount();
        fixture.Check().Checked();
    }

    private static void Verify(FixtureDisk fixture, string[] expected)
    {
        foreach (string line in expected)
        {
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words[0] == "changes")
            {
                string[] to = words[3] == "now" ? [] : ["--to", words[3]];
                ToolResult told = VdfsCommand.Run(["changes", $"{fixture.MountPoint}/{words[1]}", "--from", words[2], .. to, "--json"]).Checked();
                Assert.Equal(words[4], JsonDocument.Parse(told.Output).RootElement.GetProperty("extents").GetRawText());
                Assert.Equal("", told.Error);
            }
            else
            {
                Assert.Equal(words[0], Tool.Run("sha256sum", Path.Combine(fixture.MountPoint, words[1])).Checked().Output.Split(' ')[0]);
            }
        }
    }
}
