using System.IO;
using System.Text.Json;
using VdFs.Cli.Mounting;
using VdFs.Fuse.Mounting;
using VdFs.Fuse.Native;

namespace VdFs.Cli.Tests.EndToEnd;

/// <summary>The command and the scripts on real mounts, each driven by a shell: this process never looks below a mount.</summary>
public sealed class CommandLifeTests : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("vdfs cli ").FullName;

    public async Task InitializeAsync()
    {
        await Shell.DoAsync(folder, "mkdir 'the images' && head -c 1M /dev/urandom > 'the images/disk.img' && mkdir mount");
    }

    public async Task DisposeAsync()
    {
        foreach (var mount in MountView.Read().Entries.Where(mount => MountView.IsAtOrBelow(mount.MountPoint, folder)))
            KernelMount.Unmount(mount.MountPoint, lazily: true);
        await Shell.DoAsync("/", $"for i in $(seq 100); do rm -rf --one-file-system '{folder}' && break; sleep 0.1; done");
    }

    [MountFact]
    public async Task Demo_proves_that_a_snapshot_holds_still_and_a_backup_restores()
    {
        var output = await Shell.DoAsync(folder, "TMPDIR=$PWD \"$scripts/demo.sh\"");
        Assert.EndsWith("The snapshot held still while its image was being written, and the backup restored.\n", output, StringComparison.Ordinal);
        Assert.Empty(Directory.GetDirectories(folder, "vdfs-demo*"));
    }

    [MountFact]
    public async Task Two_scripts_mount_and_unmount_paths_with_spaces()
    {
        var output = await Shell.DoAsync(folder, """
            "$scripts/mount.sh" 'the images' 'new mount'
            cmp 'the images/disk.img' 'new mount/disk.img'
            ls -A 'new mount'
            "$scripts/unmount.sh" 'new mount'
            """);
        Assert.Equal(
            $"The images of {folder}/the images are at {folder}/new mount, snapshots at {folder}/new mount/.snapshots (mkdir takes one, rmdir releases it).\n"
            + $"disk.img\n{folder}/new mount is unmounted.\n",
            output);
    }

    [MountFact]
    public async Task Mount_over_the_directory_itself_tells_where_its_log_is()
    {
        await Shell.DoAsync(folder, "\"$scripts/vdfs\" mount 'the images' 'the images' && cd 'the images' && test ! -e .vdfs && mkdir .snapshots/a");
        using var status = JsonDocument.Parse(await Shell.DoAsync(folder, "\"$scripts/vdfs\" status 'the images' --json"));
        Assert.Equal(1, status.RootElement.GetProperty("snapshots").GetInt32());
        var log = status.RootElement.GetProperty("mount").GetProperty("log").GetString()!;
        Assert.Contains($"Mounted {folder}/the images", await File.ReadAllTextAsync(log), StringComparison.Ordinal);
        await Shell.DoAsync(folder, "\"$scripts/vdfs\" unmount 'the images' && test -e 'the images/.vdfs'");
        File.Delete(log);
    }

    [MountFact]
    public async Task Mount_follows_unmount_at_once()
    {
        await Shell.DoAsync(folder, """
            set -e
            for i in 1 2 3 4 5; do
              "$scripts/vdfs" mount 'the images' mount
              mkdir mount/.snapshots/night && rmdir mount/.snapshots/night
              "$scripts/vdfs" unmount mount
            done
            """);
    }

    [MountFact]
    public async Task Busy_mount_is_told_apart_and_goes_on_serving()
    {
        var busy = await Shell.RunAsync(folder, """
            "$scripts/vdfs" mount 'the images' mount || exit 99
            exec 7<mount/disk.img
            "$scripts/vdfs" unmount mount
            code=$?
            cmp mount/disk.img 'the images/disk.img' || exit 98
            "$scripts/vdfs" unmount --lazy mount || exit 97
            cmp - 'the images/disk.img' <&7 || exit 96
            exit $code
            """);
        Assert.Equal((int)ExitCode.Refused, busy.Code);
        Assert.Contains("use --lazy", busy.Error, StringComparison.Ordinal);
    }

    [MountFact]
    public async Task Directory_that_is_mounted_is_not_mounted_again()
    {
        await Shell.DoAsync(folder, "\"$scripts/vdfs\" mount 'the images' mount && mkdir other");
        var again = await Shell.RunAsync(folder, "\"$scripts/vdfs\" mount 'the images' other");
        Assert.Equal((int)ExitCode.Exists, again.Code);
        Assert.Contains(folder + "/mount", again.Error, StringComparison.Ordinal);
        // Where the table of mounts doesn't tell, the lock on the state does.
        var sameState = await Shell.RunAsync(folder, "mkdir more && \"$scripts/vdfs\" mount more other --state \"$PWD/the images/.vdfs\"");
        Assert.Equal((int)ExitCode.Exists, sameState.Code);
        Assert.Contains("/.vdfs is in use", sameState.Error, StringComparison.Ordinal);
        Assert.Contains(folder + "/mount", sameState.Error, StringComparison.Ordinal);
        await Shell.DoAsync(folder, "\"$scripts/vdfs\" unmount mount");
    }

    [MountFact]
    public async Task Killed_worker_is_replaced_and_status_tells_it()
    {
        await Shell.DoAsync(folder, "\"$scripts/vdfs\" mount 'the images' mount && mkdir mount/.snapshots/a");
        int killed;
        using (var status = JsonDocument.Parse(await Shell.DoAsync(folder, "\"$scripts/vdfs\" status mount --json")))
        {
            killed = status.RootElement.GetProperty("worker").GetProperty("pid").GetInt32();
            Assert.Equal(0, status.RootElement.GetProperty("restarts").GetInt32());
            Assert.Equal(JsonValueKind.Null, status.RootElement.GetProperty("lastPauseMilliseconds").ValueKind);
        }
        await Shell.DoAsync(folder, $"kill -9 {killed} && ls mount/.snapshots && cmp mount/.snapshots/a/disk.img 'the images/disk.img'");
        // The mount is back before its service is.
        using var after = JsonDocument.Parse(await Shell.DoAsync(folder, "for i in $(seq 100); do \"$scripts/vdfs\" status mount --json 2>/dev/null && break; sleep 0.1; done"));
        Assert.NotEqual(killed, after.RootElement.GetProperty("worker").GetProperty("pid").GetInt32());
        Assert.NotEqual(killed, after.RootElement.GetProperty("supervisor").GetProperty("pid").GetInt32());
        Assert.Equal(1, after.RootElement.GetProperty("restarts").GetInt32());
        Assert.InRange(after.RootElement.GetProperty("lastPauseMilliseconds").GetDouble(), 1, 60_000);
        await Shell.DoAsync(folder, "\"$scripts/vdfs\" unmount mount");
    }

    [MountFact]
    public async Task Mount_whose_processes_were_all_killed_is_told_and_mounted_again()
    {
        await Shell.DoAsync(folder, "\"$scripts/vdfs\" mount 'the images' mount && mkdir mount/.snapshots/a");
        using (var status = JsonDocument.Parse(await Shell.DoAsync(folder, "\"$scripts/vdfs\" status mount --json")))
        {
            await Shell.DoAsync(folder,
                $"kill -9 {status.RootElement.GetProperty("supervisor").GetProperty("pid").GetInt32()} {status.RootElement.GetProperty("worker").GetProperty("pid").GetInt32()}");
        }
        var dead = await Shell.RunAsync(folder, "\"$scripts/vdfs\" status mount");
        Assert.Equal((int)ExitCode.Refused, dead.Code);
        Assert.Contains("vdfs unmount", dead.Error, StringComparison.Ordinal);
        var list = await Shell.DoAsync(folder, """
            set -e
            "$scripts/vdfs" mount 'the images' mount >&2
            ls mount/.snapshots
            cmp mount/.snapshots/a/disk.img 'the images/disk.img'
            "$scripts/vdfs" unmount mount >&2
            ! grep -q "$PWD/mount " /proc/self/mountinfo
            """);
        Assert.Equal("a\n", list);
    }

    [MountFact]
    public async Task Daemon_that_is_told_to_end_serves_what_is_open_until_it_is_closed()
    {
        await Shell.DoAsync(folder, """
            set -e
            "$scripts/vdfs" mount 'the images' mount
            pid=$("$scripts/vdfs" status mount --json | grep -o '"supervisor":{"pid":[0-9]*' | cut -d: -f3)
            exec 7<mount/disk.img
            kill "$pid"
            sleep 3
            ! grep -q "$PWD/mount " /proc/self/mountinfo
            cmp - 'the images/disk.img' <&7
            """);
    }

    [MountFact]
    public async Task Users_mount_for_themselves()
    {
        // Root becomes the user `nobody`; a user is one already.
        var asUser = ProcessCalls.EffectiveUser() == 0 ? "setpriv --reuid nobody --regid nogroup --clear-groups env" : "env";
        await Shell.DoAsync(folder, $"""
            set -e
            chmod 755 .
            mkdir user
            cp -r 'the images' mount user/
            [ "$EUID" != 0 ] || chown -R nobody:nogroup user
            cd user
            vdfs() (: ; {asUser} HOME="$PWD" XDG_RUNTIME_DIR="$PWD/run" DOTNET_CLI_HOME="$PWD" dotnet "$scripts/../src/VdFs.Cli/bin/Release/net10.0/vdfs.dll" "$@")
            "$scripts/vdfs" --version
            vdfs mount 'the images' mount
            vdfs snapshot create mount a
            vdfs status mount
            {asUser} cmp mount/.snapshots/a/disk.img 'the images/disk.img'
            vdfs unmount mount
            """);
    }
}
