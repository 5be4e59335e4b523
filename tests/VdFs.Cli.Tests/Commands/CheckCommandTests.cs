using System.IO;
using System.Text.Json;
using VdFs.Cli.Commands;
using VdFs.Cli.Service;
using VdFs.Core.Checking;

namespace VdFs.Cli.Tests.Commands;

public class CheckCommandTests
{
    [Fact]
    public async Task A_mount_is_asked_and_faults_have_a_code_of_their_own()
    {
        await using var served = await ServedMount.StartAsync();
        Assert.Equal((0, "Read: 7 images, 1 snapshot, 2 checkpoints, 9 change records, 40 KiB of pre-images.\nNo faults.\n", ""), await served.RunAsync("check", ServedMount.MountPoint));
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
    public async Task A_mount_tells_how_far_its_check_is_until_it_answers()
    {
        await using var served = await ServedMount.StartAsync();
        using var client = new ServiceClient(served.Host.Folders.PlaceOf(ServedMount.MountPoint, served.Host.User), TimeSpan.FromSeconds(60));
        var told = new SortedSet<long>();
        using var seen = new SemaphoreSlim(0);
        served.Mounted.Fake.Checking = options =>
        {
            foreach (long bytes in new long[] { 1 << 20, 5 << 20 })
            {
                options.Progress(bytes);
                Assert.True(seen.Wait(TimeSpan.FromSeconds(60)));
            }
        };
        var report = await client.CheckAsync(bytes =>
        {
            if (told.Add(bytes) && bytes != 0)
                seen.Release();
        }, CancellationToken.None);
        Assert.Equal(served.Mounted.Fake.Checked.Records, report.Records);
        Assert.Equal([1 << 20, 5 << 20], told.Where(bytes => bytes != 0));
    }

    [Fact]
    public async Task A_check_that_is_interrupted_ends_in_the_mount_too()
    {
        await using var served = await ServedMount.StartAsync();
        using var client = new ServiceClient(served.Host.Folders.PlaceOf(ServedMount.MountPoint, served.Host.User), TimeSpan.FromSeconds(60));
        using var interrupt = new CancellationTokenSource();
        var ended = new TaskCompletionSource();
        served.Mounted.Fake.Checking = options =>
        {
            options.Progress(4096);
            if (options.Cancellation.WaitHandle.WaitOne(TimeSpan.FromSeconds(60)))
                ended.SetResult();
            options.Cancellation.ThrowIfCancellationRequested();
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.CheckAsync(bytes => interrupt.Cancel(), interrupt.Token));
        await ended.Task.WaitAsync(TimeSpan.FromSeconds(60));
        // The service lives on.
        served.Mounted.Fake.Checking = static _ => { };
        Assert.Equal(0, (await served.RunAsync("check", ServedMount.MountPoint)).Code);
    }

    [Fact]
    public async Task A_check_that_fails_says_why()
    {
        await using var served = await ServedMount.StartAsync();
        served.Mounted.Fake.Refusal = VdFs.Core.Errors.Outcome.Failed(VdFs.Core.Errors.FsError.Io, "the catalog is damaged");
        Assert.Equal(((int)ExitCode.Unexpected, "", "vdfs: the catalog is damaged\n"), await served.RunAsync("check", ServedMount.MountPoint));
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
