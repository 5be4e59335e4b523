using System.IO;
using System.Text.Json;
using VdFs.Backup.Paths;
using VdFs.Backup.Repositories;
using VdFs.Cli.Commands;
using VdFs.Cli.Mounting;
using VdFs.TestKit.Mounting;
using VdFs.TestKit.Processes;
using Repository = VdFs.Backup.Repositories.Repository;

namespace VdFs.Cli.Tests.Commands;

/// <summary>What commands on a repository say: a summary first, what is wrong once, and the rest when asked.</summary>
public sealed class RepositoryCommandTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly string place;

    public RepositoryCommandTests()
    {
        place = folder.Folder("repository");
        Tool.Run("tar", "-xzf", Path.Combine(TestKit.Mounting.Repository.Root, "tests/fixtures/repository-0.1.tar.gz"), "-C", place).Checked();
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Verify_is_one_line_where_all_is_well_and_a_line_per_image_on_request()
    {
        var (code, output, _) = await RunAsync("verify", place);
        Assert.Equal((ExitCode.Ok, 1), (code, Lines(output).Length));
        Assert.StartsWith("4 backups with 9 images in 8 files, ", output, StringComparison.Ordinal);
        Assert.EndsWith(": all is well.", Lines(output)[0], StringComparison.Ordinal);
        (_, output, _) = await RunAsync("verify", place, "--verbose");
        Assert.Equal(9, Lines(output).Count(l => l.Contains(": whole in 202611", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_damaged_file_is_told_once_for_all_backups_and_never_called_verified()
    {
        string file = Directory.GetFiles(place, "db.img@20261120*.qcow2", SearchOption.AllDirectories).Single();
        byte[] bytes = File.ReadAllBytes(file);
        bytes[^1] ^= 1;
        File.WriteAllBytes(file, bytes);
        var (code, output, _) = await RunAsync("verify", place);
        Assert.Equal(ExitCode.FaultsFound, code);
        Assert.Equal(2, Lines(output).Length);
        Assert.EndsWith(": 1 image is damaged in 4 backups.", Lines(output)[0], StringComparison.Ordinal);
        Assert.StartsWith("damaged: db/db.img, in 4 backups from 20261120T031500.000Z to 20261123T031500.000Z: ", Lines(output)[1], StringComparison.Ordinal);
        (_, output, _) = await RunAsync("verify", place, "--verbose");
        Assert.DoesNotContain(Lines(output), l => l.StartsWith("db/db.img: whole", StringComparison.Ordinal));
        Assert.Equal(4, Lines(output).Count(l => l.StartsWith("db/db.img: damaged in ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task What_is_missing_in_a_backup_is_a_fault()
    {
        Change("20261123T031500.000Z", m => m with { Missing = [new(RelativePath.Parse("web.img"), "It was lost.")] });
        var (code, output, _) = await RunAsync("verify", place);
        Assert.Equal(ExitCode.FaultsFound, code);
        Assert.EndsWith(": 1 image is missing in 1 backup.", Lines(output)[0], StringComparison.Ordinal);
        Assert.Equal("missing: web.img, in 20261123T031500.000Z: It was lost.", Lines(output)[1]);
        (code, output, _) = await RunAsync("verify", place, "--json");
        using var json = JsonDocument.Parse(output);
        Assert.Equal((ExitCode.FaultsFound, "missing"), (code, json.RootElement.GetProperty("findings")[0].GetProperty("kind").GetString()));
        // Complete ones are what is meant unless told.
        (code, _, string error) = await RunAsync("restore", place, folder.Folder("back"));
        Assert.Equal(ExitCode.Ok, code);
        Assert.Contains("Taking the backup 20261121T031500.000Z, the newest complete one", error, StringComparison.Ordinal);
        Assert.True(File.Exists(folder.Path + "/back/web.img"));
    }

    [Fact]
    public async Task An_empty_repository_has_nothing_to_verify()
    {
        Repository.Create(DirectoryStore.Open(folder.Path + "/new", create: true)).Dispose();
        var (code, output, _) = await RunAsync("verify", folder.Path + "/new");
        Assert.Equal((ExitCode.Ok, $"{folder.Path}/new has no backups yet: there is nothing to verify."), (code, output.TrimEnd()));
    }

    [Theory]
    [InlineData("--before", "")]
    [InlineData("--before", " \t")]
    [InlineData("--after", "")]
    [InlineData("--command-timeout", "0")]
    [InlineData("--command-timeout", "NaN")]
    [InlineData("--tag", "")]
    [InlineData("--tag", "latest")]
    [InlineData("--tag", "two words")]
    public async Task An_empty_command_quiesces_nothing_and_is_refused(string option, string value)
    {
        var (code, _, error) = await RunAsync("backup", folder.Path, place, option, value);
        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains(option["--".Length..], error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_backups_row_tells_when_where_and_what_for()
    {
        Change("20261123T031500.000Z", m => m with { Clock = m.Time.ToOffset(TimeSpan.FromHours(5.5)), Tag = "before-upgrade", Host = "vm\u001b[31m1", Missing = [new(RelativePath.Parse("web.img"), "It was lost.")] });
        var (code, output, _) = await RunAsync("list", place);
        Assert.Equal(ExitCode.Ok, code);
        Assert.Matches(@"^ *20261123T031500\.000Z.* 2026-11-23 08:45 \+05:30 .*before-upgrade .* 2, 1 MISSING .* crash", Lines(output)[^1]);
        Assert.Matches(@"^ *20261122T031500\.000Z.* 2026-11-22 03:15 \+00:00 .* 1, selected .* crash", Lines(output)[^2]);
        (_, output, _) = await RunAsync("list", place, "--json");
        using var json = JsonDocument.Parse(output);
        var last = json.RootElement[3];
        Assert.Equal(("before-upgrade", 4, "2026-11-23T08:45:00+05:30"), (last.GetProperty("tag").GetString(), last.GetProperty("sequence").GetInt32(), last.GetProperty("taken").GetString()));
        Assert.DoesNotContain('\u001b', output);
        Change("20261123T031500.000Z", m => m with { Commands = [new("before", "fsfreeze\n-f", 0), new("after", "thaw", null)] });
        (_, output, _) = await RunAsync("list", place + "@before-upgrade");
        Assert.Matches("^Backup 20261123T031500.000Z of vm.*1:.*, taken 2026-11-23 08:45 \\+05:30, crash-consistent, tagged before-upgrade.$", Lines(output)[0]);
        Assert.Equal(["Command before the cut, exit code 0: fsfreeze?-f", "Command after the cut, killed, or never started: thaw"], Lines(output)[1..3]);
        (_, output, _) = await RunAsync("list", place + "@before-upgrade", "--json");
        Assert.Contains("renamed.img", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(40, "backup taken (local time) tag images")]
    [InlineData(95, "backup taken (local time) host tag images stored")]
    [InlineData(300, "backup taken (local time) host tag images size stored consistency")]
    public async Task A_narrow_terminal_gets_the_columns_that_matter_most(int width, string columns)
    {
        Change("20261123T031500.000Z", m => m with { Tag = "t", Host = "h" });
        foreach (string other in new[] { "20261120T031500.000Z", "20261121T031500.000Z", "20261122T031500.000Z" })
            Change(other, m => m with { Host = "h" });
        using var output = new StringWriter();
        var host = new CliHost { Out = output, Error = TextWriter.Null, Width = width, User = 0, Mounts = MountView.Read, Folders = Cli.Service.RuntimeFolders.For(0, null) };
        Assert.Equal(0, await CommandLine.RunAsync(["list", place], host));
        Assert.Equal(columns, string.Join(' ', Lines(output.ToString())[0].Split([' ', '│', '|'], StringSplitOptions.RemoveEmptyEntries)));
    }

    private void Change(string backup, Func<BackupManifest, BackupManifest> change)
    {
        using var repository = Repository.Open(DirectoryStore.Open(place));
        repository.WriteManifest(change(repository.Load(backup)));
    }

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static async Task<(ExitCode Code, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var host = new CliHost { Out = output, Error = error, User = 0, Mounts = MountView.Read, Folders = Cli.Service.RuntimeFolders.For(0, null) };
        int code = await CommandLine.RunAsync(arguments, host);
        return ((ExitCode)code, output.ToString(), error.ToString());
    }
}
