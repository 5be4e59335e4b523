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
