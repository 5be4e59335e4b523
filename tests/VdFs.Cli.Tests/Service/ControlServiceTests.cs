using System.IO;
using System.Text.Json;
using VdFs.Fuse.Native;
using VdFs.Core.Snapshots;
using VdFs.Core.Space;

namespace VdFs.Cli.Tests.Service;

public class ControlServiceTests
{
    [Fact]
    public async Task Socket_is_for_its_owner_only()
    {
        await using var served = await ServedMount.StartAsync();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(served.Socket));
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute,
            File.GetUnixFileMode(Path.GetDirectoryName(served.Socket)!));
    }

    [Fact]
    public async Task Snapshot_is_made_listed_renamed_released_and_deleted()
    {
        await using var served = await ServedMount.StartAsync();
        var made = await served.RunAsync("snapshot", "create", ServedMount.MountPoint, "a", "*.qcow2", "db/**");
        Assert.Equal((0, "Snapshot a holds 3 images, 5 GiB.\n", ""), made);
        Assert.Equal(["*.qcow2", "db/**"], served.Mounted.Fake.LastPatterns);

        var listed = await served.RunAsync("snapshot", "list", ServedMount.MountPoint);
        Assert.Equal(0, listed.Code);
        Assert.Matches(@"(?m)^ *a +snapshot +1970-01-01 .* +3 +5 GiB +4 KiB +whole$", listed.Out);

        Assert.Equal((0, "a is called b now.\n", ""), await served.RunAsync("snapshot", "rename", ServedMount.MountPoint, "a", "b"));
        Assert.Equal((0, "Snapshot b is a checkpoint now.\n", ""), await served.RunAsync("snapshot", "release", ServedMount.MountPoint, "b"));
        Assert.Matches(@"(?m)^ *b +checkpoint ", (await served.RunAsync("snapshot", "list", ServedMount.MountPoint)).Out);
        Assert.Equal((0, "b is forgotten.\n", ""), await served.RunAsync("snapshot", "delete", ServedMount.MountPoint, "b"));
        Assert.Equal((0, "No snapshots and no checkpoints.\n", ""), await served.RunAsync("snapshot", "list", ServedMount.MountPoint));
    }

    [Fact]
    public async Task List_as_json_holds_every_field()
    {
        await using var served = await ServedMount.StartAsync();
        await served.RunAsync("snapshot", "create", ServedMount.MountPoint, "a");
        var listed = await served.RunAsync("snapshot", "list", ServedMount.MountPoint, "--json");
        using var json = JsonDocument.Parse(listed.Out);
        var one = Assert.Single(json.RootElement.EnumerateArray());
        Assert.Equal("a", one.GetProperty("name").GetString());
        Assert.True(one.GetProperty("held").GetBoolean());
        Assert.Equal(5L << 30, one.GetProperty("bytes").GetInt64());
        Assert.Equal("whole", one.GetProperty("state").GetString());
        Assert.Equal(
            ["name", "cutId", "generation", "time", "held", "images", "bytes", "preservedBytes", "state", "repository", "backup", "clock", "warning"],
            one.EnumerateObject().Select(property => property.Name));
    }

    [Theory]
    [InlineData("a", ExitCode.Exists, "The snapshot a is held already; release it first.")]
    [InlineData(".x", ExitCode.Usage, "\".x\" can't be a snapshot's name.")]
    [InlineData("full", ExitCode.NoSpace, "The state directory is full.")]
    public async Task Refusal_reaches_the_user_in_the_engines_own_words(string name, ExitCode code, string sentence)
    {
        await using var served = await ServedMount.StartAsync();
        await served.RunAsync("snapshot", "create", ServedMount.MountPoint, "a");
        Assert.Equal(((int)code, "", $"vdfs: {sentence}\n"), await served.RunAsync("snapshot", "create", ServedMount.MountPoint, name));
    }

    [Fact]
    public async Task Release_of_what_is_not_there_is_not_found()
    {
        await using var served = await ServedMount.StartAsync();
        Assert.Equal((3, "", "vdfs: There is no snapshot x.\n"), await served.RunAsync("snapshot", "release", ServedMount.MountPoint, "x"));
    }

    [Fact]
    public async Task Unexpected_failure_of_the_engine_ends_the_request_and_not_the_service()
    {
        await using var served = await ServedMount.StartAsync();
        served.Mounted.Fake.Broken = new InvalidOperationException("torn");
        var broken = await served.RunAsync("snapshot", "create", ServedMount.MountPoint, "a");
        Assert.Equal(1, broken.Code);
        Assert.Contains("its log says why", broken.Error, StringComparison.Ordinal);
        served.Mounted.Fake.Broken = null;
        Assert.Equal(0, (await served.RunAsync("snapshot", "create", ServedMount.MountPoint, "a")).Code);
    }

    [Fact]
    public async Task Changes_as_json_name_the_image_and_its_size_at_both_cuts()
    {
        await using var served = await ServedMount.StartAsync();
        served.Mounted.Fake.Report = new("web/disk.img", "a", null, 1 << 20, false, "", [new(4096, 8192), new(65536, 4096)]) { FormerImage = "web/old.img", FormerSize = 5000 };
        Assert.Equal(
            (0, "{\"image\":\"web/disk.img\",\"from\":\"a\",\"to\":null,\"size\":1048576,\"full\":false,\"reason\":\"\",\"extents\":[{\"start\":4096,\"length\":8192},{\"start\":65536,\"length\":4096}],\"formerImage\":\"web/old.img\",\"formerSize\":5000}\n", ""),
            await served.RunAsync("changes", ServedMount.MountPoint + "/web/disk.img", "--from", "a", "--json"));
        Assert.Equal(("web/disk.img", "a", null), served.Mounted.Fake.LastChanges);
    }

    [Fact]
    public async Task Changes_of_a_whole_image_are_one_extent_with_the_reason_on_stderr()
    {
        await using var served = await ServedMount.StartAsync();
        served.Mounted.Fake.Report = new("disk.img", "a", "b", 10000, true, "its lineage broke.", []);
        Assert.Equal(
            (0, "{\"image\":\"disk.img\",\"from\":\"a\",\"to\":\"b\",\"size\":10000,\"full\":true,\"reason\":\"its lineage broke.\",\"extents\":[{\"start\":0,\"length\":10000}],\"formerImage\":null,\"formerSize\":null}\n", "vdfs: all of disk.img counts as changed: its lineage broke.\n"),
            await served.RunAsync("changes", ServedMount.MountPoint + "/disk.img", "--from", "a", "--to", "b", "--json"));
    }

    [Fact]
    public async Task Changes_for_people_are_a_table_and_a_total()
    {
        await using var served = await ServedMount.StartAsync();
        served.Mounted.Fake.Report = new("disk.img", "a", null, 1 << 20, false, "", [new(4096, 8192)]);
        var shown = await served.RunAsync("changes", ServedMount.MountPoint + "/disk.img", "--from", "a");
        Assert.Matches(@"(?m)^ *4,096 +8,192 +8 KiB$", shown.Out);
        Assert.EndsWith("8 KiB of 1 MiB changed in 1 extent from a to now.\n", shown.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Status_shows_the_mount_and_the_engine()
    {
        await using var served = await ServedMount.StartAsync();
        await served.RunAsync("snapshot", "create", ServedMount.MountPoint, "a");
        var shown = await served.RunAsync("status", ServedMount.MountPoint);
        Assert.Equal(0, shown.Code);
        Assert.Contains(ServedMount.Backing, shown.Out, StringComparison.Ordinal);
        Assert.Contains("1 held, 0 of at most 100 checkpoints", shown.Out, StringComparison.Ordinal);
        Assert.Contains("FUSE 7.45, requests by", shown.Out, StringComparison.Ordinal);
        Assert.Contains("3 MiB used, 75 % of 4 MiB, 1 TiB free", shown.Out, StringComparison.Ordinal);
        Assert.Contains("give-up; no writer waits; limit 4M", shown.Out, StringComparison.Ordinal);

        using var json = JsonDocument.Parse((await served.RunAsync("status", "--json")).Out);
        var status = Assert.Single(json.RootElement.EnumerateArray()).GetProperty("status");
        Assert.Equal(Environment.ProcessId, status.GetProperty("pid").GetInt32());
        Assert.Equal(7, status.GetProperty("engine").GetProperty("imagesKnown").GetInt32());
        var space = status.GetProperty("engine").GetProperty("space");
        Assert.Equal((3L << 20, 4L << 20, 75), (space.GetProperty("used").GetInt64(), space.GetProperty("limit").GetInt64(), space.GetProperty("percent").GetInt32()));
        Assert.Equal(("give-up", 0), (space.GetProperty("whenFull").GetString(), space.GetProperty("waitingWriters").GetInt32()));
    }

    [Fact]
    public async Task Space_is_set_while_mounted()
    {
        await using var served = await ServedMount.StartAsync();
        Assert.Equal(0, (await served.RunAsync("set", ServedMount.MountPoint, "--preserve-limit", "10G", "--when-full", "wait", "--when-full-limit", "7")).Code);
        Assert.Equal(new SpaceSettings(new SpaceLimit(10L << 30, 0), WhenFull.Wait, TimeSpan.FromSeconds(7)), ((FakeSnapshotService)served.Mounted.Snapshots).LastSettings);
        Assert.Equal(0, (await served.RunAsync("set", ServedMount.MountPoint, "--preserve-limit", "none")).Code);
        Assert.Equal(new SpaceSettings(SpaceLimit.None, null, null), ((FakeSnapshotService)served.Mounted.Snapshots).LastSettings);
        Assert.Equal((int)ExitCode.Usage, (await served.RunAsync("set", ServedMount.MountPoint)).Code);
        Assert.Equal((int)ExitCode.Usage, (await served.RunAsync("set", ServedMount.MountPoint, "--when-full", "panic")).Code);
        Assert.Equal((int)ExitCode.Usage, (await served.RunAsync("set", ServedMount.MountPoint, "--preserve-limit", "120%")).Code);
    }

    [Fact]
    public async Task Mount_whose_processes_died_is_listed_with_what_to_do()
    {
        var served = await ServedMount.StartAsync();
        await served.DisposeAsync();
        served.Host.Folders.Prepare(ServedMount.MountPoint);
        await File.WriteAllTextAsync(served.Host.Folders.LockOf(ServedMount.MountPoint), "");
        var one = await served.RunAsync("status", ServedMount.MountPoint);
        Assert.Equal((int)ExitCode.Refused, one.Code);
        Assert.Contains("vdfs unmount --lazy " + ServedMount.MountPoint, one.Error, StringComparison.Ordinal);
        var all = await served.RunAsync("status", "--json");
        Assert.Equal(0, all.Code);
        Assert.Contains("\"answers\":false", all.Out, StringComparison.Ordinal);
        Directory.Delete(Path.GetDirectoryName(served.Host.Folders.Root)!, recursive: true);
    }

    [Fact]
    public async Task Nobody_is_told_to_detach_a_mount_whose_daemon_lives_or_can_not_be_found()
    {
        var served = await ServedMount.StartAsync();
        await served.DisposeAsync();
        var lost = await served.RunAsync("status", ServedMount.MountPoint);
        Assert.Equal((int)ExitCode.Refused, lost.Code);
        Assert.DoesNotContain("lazy", lost.Error, StringComparison.Ordinal);
        served.Host.Folders.Prepare(ServedMount.MountPoint);
        int held = ProcessCalls.OpenLocked(served.Host.Folders.LockOf(ServedMount.MountPoint), create: true);
        var alive = await served.RunAsync("status", ServedMount.MountPoint);
        ProcessCalls.Close(held);
        Assert.Equal((int)ExitCode.TimedOut, alive.Code);
        Assert.DoesNotContain("lazy", alive.Error, StringComparison.Ordinal);
        Directory.Delete(Path.GetDirectoryName(served.Host.Folders.Root)!, recursive: true);
    }

    [Fact]
    public async Task Stale_socket_is_replaced()
    {
        var folder = Directory.CreateTempSubdirectory("vdfs-cli-").FullName;
        try
        {
            var socket = folder + "/control.sock";
            await File.WriteAllTextAsync(socket, "");
            var mounted = new FakeMountedImages("/b", "/m");
            await using (await VdFs.Cli.Service.ControlService.StartAsync(socket, mounted.Snapshots, mounted.Backups, mounted, succeeds: false, Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance))
            {
                using var client = new VdFs.Cli.Service.ServiceClient(new("/m", ProcessCalls.EffectiveUser(), [socket], []), TimeSpan.FromSeconds(10));
                Assert.Empty(await client.ListAsync(CancellationToken.None));
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task A_lease_lasts_as_long_as_its_connection()
    {
        await using var served = await ServedMount.StartAsync();
        var fake = served.Mounted.Fake;
        using var client = new VdFs.Cli.Service.ServiceClient(new("/m", ProcessCalls.EffectiveUser(), [served.Socket], []), TimeSpan.FromSeconds(30));
        var lease = await client.BeginBackupAsync(new(new('1', 32), null, "backup", []), CancellationToken.None);
        Assert.Equal((fake.StateId, "backup"), (lease.Begun.StateId, lease.Begun.Snapshot.Name));
        // Other questions go their own way meanwhile.
        await client.CompleteBackupAsync("r", "c", CancellationToken.None);
        await client.RevokeLineageAsync("image", "why", CancellationToken.None);
        Assert.Equal(["complete r c", "revoke image: why"], fake.Calls);
        Assert.False(fake.LeaseEnded.Task.IsCompleted);
        lease.Dispose();
        Assert.Equal(lease.Begun.Snapshot.CutId, await fake.LeaseEnded.Task.WaitAsync(TimeSpan.FromSeconds(60)));
        var refused = await Assert.ThrowsAsync<CommandFailedException>(() => client.BeginBackupAsync(new("r", null, ".no", []), CancellationToken.None));
        Assert.Contains("can't be a snapshot's name", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_lease_ends_with_the_service()
    {
        var served = await ServedMount.StartAsync();
        var fake = served.Mounted.Fake;
        using var client = new VdFs.Cli.Service.ServiceClient(new("/m", ProcessCalls.EffectiveUser(), [served.Socket], []), TimeSpan.FromSeconds(30));
        _ = await client.BeginBackupAsync(new(new('1', 32), null, "backup", []), CancellationToken.None);
        await served.DisposeAsync();
        await fake.LeaseEnded.Task.WaitAsync(TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task A_command_waits_for_the_workers_successor_as_long_as_the_mount_has_a_daemon()
    {
        var folder = Directory.CreateTempSubdirectory("vdfs-cli-").FullName;
        try
        {
            var socket = folder + "/control.sock";
            var mounted = new FakeMountedImages("/b", "/m");
            var place = new VdFs.Cli.Service.ServicePlace("/m", ProcessCalls.EffectiveUser(), [socket], [folder + "/lock"]);
            int held = ProcessCalls.OpenLocked(folder + "/lock", create: true);
            using var client = new VdFs.Cli.Service.ServiceClient(place, TimeSpan.FromSeconds(30));
            var asked = client.ListAsync(CancellationToken.None);
            await Task.Delay(300);
            Assert.False(asked.IsCompleted);
            await using (await VdFs.Cli.Service.ControlService.StartAsync(socket, mounted.Snapshots, mounted.Backups, mounted, succeeds: true, Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance))
                Assert.Empty(await asked);
            Assert.Equal(ExitCode.TimedOut, (await Assert.ThrowsAsync<CommandFailedException>(() => client.ListAsync(CancellationToken.None))).Code);
            ProcessCalls.Close(held);
            Assert.Equal(ExitCode.Refused, (await Assert.ThrowsAsync<CommandFailedException>(() => client.ListAsync(CancellationToken.None))).Code);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task A_lease_goes_on_at_the_next_service_until_its_owner_ends_it()
    {
        await using var served = await ServedMount.StartAsync();
        var fake = served.Mounted.Fake;
        fake.Create("backup", [], out var snapshot);
        using var client = new VdFs.Cli.Service.ServiceClient(new("/m", ProcessCalls.EffectiveUser(), [served.Socket], []), TimeSpan.FromSeconds(30));
        var lease = await client.ResumeBackupAsync(snapshot!.CutId, CancellationToken.None);
        Assert.Equal("backup", lease.Begun.Snapshot.Name);
        Assert.False(fake.LeaseEnded.Task.IsCompleted);
        lease.Dispose();
        Assert.Equal(snapshot.CutId, await fake.LeaseEnded.Task.WaitAsync(TimeSpan.FromSeconds(60)));
        Assert.Equal(ExitCode.NotFound, (await Assert.ThrowsAsync<CommandFailedException>(() => client.ResumeBackupAsync(new('0', 32), CancellationToken.None))).Code);
    }

    [Fact]
    public void Long_lists_survive_the_way()
    {
        var report = new ChangeReport("x", "a", null, 1L << 50, false, "", [.. Enumerable.Range(0, 100_000).Select(i => new Extent(i * 8192L, 4096))]);
        var bytes = JsonSerializer.SerializeToUtf8Bytes(report, VdFs.Cli.Service.ServiceJson.Default.ChangeReport);
        Assert.Equal(report.Extents, JsonSerializer.Deserialize(bytes, VdFs.Cli.Service.ServiceJson.Default.ChangeReport)!.Extents);
    }
}
