using System.IO;
using System.Text.Json;
using VdFs.Cli.Commands;
using VdFs.Core.Checking;

namespace VdFs.Cli.Tests.Commands;

public class CheckCommandTests
{
    [Fact]
    public async Task A_mount_is_asked_and_faults_have_a_code_of_their_own()
    {
        await using var served = await ServedMount.StartAsync();
        Assert.Equal((0, "Read: 7 images, 1 snapshots, 2 checkpoints, 9 change records, 40 KiB of pre-images.\nNo faults.\n", ""), await served.RunAsync("check", ServedMount.MountPoint));
        served.Mounted.Fake.Checked = served.Mounted.Fake.Checked with { Findings = [new(true, "cuts", "it is not a cut log", "nothing", "empties it")] };
        // By the backing directory it is the same mount.
        var told = await served.RunAsync("check", ServedMount.Backing);
        Assert.Equal((int)ExitCode.FaultsFound, told.Code);
        Assert.StartsWith("FAULT  cuts: it is not a cut log\n       nothing.\n       --repair empties it.\n", told.Out, StringComparison.Ordinal);
        var json = await served.RunAsync("check", ServedMount.MountPoint, "--json");
        Assert.Equal((int)ExitCode.FaultsFound, json.Code);
        using var parsed = JsonDocument.Parse(json.Out);
        Assert.False(parsed.RootElement.GetProperty("clean").GetBoolean());
        Assert.Equal("cuts", parsed.RootElement.GetProperty("findings")[0].GetProperty("where").GetString());
    }

    [Fact]
    public async Task What_is_mounted_is_not_repaired()
    {
        await using var served = await ServedMount.StartAsync();
        var refused = await served.RunAsync("check", ServedMount.MountPoint, "--repair");
        Assert.Equal((int)ExitCode.Refused, refused.Code);
        Assert.Contains("vdfs unmount", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_directory_that_was_never_mounted_has_no_state_and_gets_none()
    {
        var folder = Directory.CreateTempSubdirectory("vdfs-check-").FullName;
        try
        {
            var host = ServedMount.NewHost(folder, ServedMount.Table(ServedMount.MountPoint));
            Assert.Equal((int)ExitCode.NotFound, await CommandLine.RunAsync(["check", folder], host));
            Assert.Empty(Directory.GetFileSystemEntries(folder));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
