using System.IO;
using Microsoft.Extensions.Logging.Abstractions;
using VdFs.Cli.Composition;
using VdFs.Cli.Mounting;
using VdFs.Cli.Service;
using VdFs.Fuse.Native;

namespace VdFs.Cli.Tests.Composition;

public sealed class DaemonTests : IDisposable
{
    private static readonly MountRequest Request = new() { BackingDirectory = "/data/images", MountPoint = "/mnt/images" };
    private readonly string folder = Directory.CreateTempSubdirectory("vdfs-cli-").FullName;
    private readonly RuntimeFolders folders;
    private readonly FakeMountedImages mounted = new(Request.BackingDirectory, Request.MountPoint);

    public DaemonTests() => folders = new(folder + "/run", ProcessCalls.EffectiveUser());

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Daemon_serves_from_ready_until_the_mount_ends_and_leaves_no_socket()
    {
        var ready = new TaskCompletionSource();
        var daemon = NewDaemon();
        var running = daemon.RunAsync(Request, ready.SetResult);
        await ready.Task.WaitAsync(TimeSpan.FromSeconds(30));
        using (var client = new ServiceClient(folders.PlaceOf(Request.MountPoint, ProcessCalls.EffectiveUser()), TimeSpan.FromSeconds(10)))
            Assert.Equal(Request.BackingDirectory, (await client.StatusAsync(CancellationToken.None)).Mount.BackingDirectory);

        mounted.Detach();
        await running.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.True(mounted.Disposed);
        Assert.False(File.Exists(folders.SocketOf(Request.MountPoint)));
    }

    [Fact]
    public async Task Second_daemon_of_a_mount_point_is_refused_before_it_opens_anything()
    {
        var images = Directory.CreateDirectory(folder + "/images").FullName;
        var request = new MountRequest { BackingDirectory = images, MountPoint = folder };
        using (var held = MountHoldings.Open(request, folders, out var memory))
        using (memory)
        {
            Assert.Equal(ExitCode.Exists, Assert.Throws<CommandFailedException>(() => MountHoldings.Open(request with { State = folder + "/other" }, folders, out _)).Code);
            Assert.False(Directory.Exists(folder + "/other"));
            Assert.False(await DaemonLock.WaitUntilFreeAsync(folders.LockOf(folder), TimeSpan.Zero, CancellationToken.None));
        }
        Assert.True(await DaemonLock.WaitUntilFreeAsync(folders.LockOf(folder), TimeSpan.Zero, CancellationToken.None));
        Assert.True(DaemonLock.IsLeftBehind(folders.LockOf(folder)));
    }

    [Fact]
    public void Second_daemon_of_a_directory_is_refused_and_told_who_has_it()
    {
        var images = Directory.CreateDirectory(folder + "/images").FullName;
        var request = new MountRequest { BackingDirectory = images, MountPoint = folder };
        using var held = MountHoldings.Open(request, folders, out var memory);
        using (memory)
        {
            var others = Directory.CreateDirectory(folder + "/others").FullName;
            foreach (var second in new[] { request with { MountPoint = images }, request with { MountPoint = images, State = folder + "/other" }, request with { MountPoint = others, BackingDirectory = others, State = request.StateDirectory } })
            {
                var failed = Assert.Throws<CommandFailedException>(() => MountHoldings.Open(second, folders, out _));
                Assert.Equal(ExitCode.Exists, failed.Code);
                Assert.Contains($"in use by the VdFs mount {folder} (of {images}, process {Environment.ProcessId})", failed.Message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task Mount_that_fails_leaves_nothing_behind()
    {
        var daemon = new Daemon(folders, NullLoggerFactory.Instance, (_, _) => throw new CommandFailedException(ExitCode.HostLacks, "no device."));
        Assert.Equal(ExitCode.HostLacks, (await Assert.ThrowsAsync<CommandFailedException>(() => daemon.RunAsync(Request, () => { }))).Code);
        Assert.False(File.Exists(folders.SocketOf(Request.MountPoint)));
    }

    [Fact]
    public void Folder_that_others_may_enter_is_refused()
    {
        Directory.CreateDirectory(folders.Root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherExecute);
        Assert.Equal(ExitCode.NoPermission, Assert.Throws<CommandFailedException>(() => folders.Prepare("/mnt/images")).Code);
    }

    [Fact]
    public void Folder_whose_path_no_socket_can_have_is_refused() => Assert.Equal(
        ExitCode.Usage, Assert.Throws<CommandFailedException>(() => new RuntimeFolders(folder + "/" + new string('x', 80), ProcessCalls.EffectiveUser()).Prepare("/m")).Code);

    [Fact]
    public void Socket_folder_is_found_by_the_mount_points_path_alone()
    {
        Assert.Equal("/run/vdfs", RuntimeFolders.For(0, "/run/user/0").Root);
        // What goes with a login session won't do for a daemon, and cron doesn't know it.
        Assert.Equal("/tmp/vdfs-1000", RuntimeFolders.For(1000, "/run/user/1000").Root);
        Assert.Equal("/tmp/vdfs-1000", RuntimeFolders.For(1000, null).Root);
        Assert.Matches("^/run/vdfs/[0-9a-f]{16}/control.sock$", RuntimeFolders.For(0, null).SocketOf("/mnt/images"));
        Assert.NotEqual(RuntimeFolders.IdOf("/a"), RuntimeFolders.IdOf("/b"));
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(1000u)]
    [InlineData(1001u)]
    public void A_service_is_looked_for_with_the_one_who_mounted_whoever_asks(uint asker)
    {
        var folders = RuntimeFolders.For(asker);
        Assert.All(folders.PlaceOf("/m", 1000).Sockets, socket => Assert.Matches("^(/tmp/vdfs-1000|/run/user/1000/vdfs)/", socket));
        Assert.StartsWith("/tmp/vdfs-1000/", folders.PlaceOf("/m", 1000).Sockets[0], StringComparison.Ordinal);
        Assert.StartsWith("/run/vdfs/", Assert.Single(folders.PlaceOf("/m", 0).Sockets), StringComparison.Ordinal);
        // Daemons of former builds listen there still.
        Assert.Contains(RuntimeFolders.For(1000, "/run/other").PlaceOf("/m", 1000).Sockets, socket => socket.StartsWith("/run/other/vdfs/", StringComparison.Ordinal));
    }

    [Fact]
    public void Log_is_where_it_can_be_read_while_mounted()
    {
        Assert.Equal("/data/images/.vdfs/vdfs.log", LogFile.PathFor(Request, 0, "/root", null));
        var over = Request with { MountPoint = Request.BackingDirectory };
        Assert.StartsWith("/var/log/vdfs/", LogFile.PathFor(over, 0, "/root", null), StringComparison.Ordinal);
        Assert.StartsWith("/home/u/.local/state/vdfs/", LogFile.PathFor(over, 1000, "/home/u", null), StringComparison.Ordinal);
        Assert.Equal("/s/vdfs.log", LogFile.PathFor(over with { State = "/s" }, 0, "/root", null));
    }

    private Daemon NewDaemon() => new(folders, NullLoggerFactory.Instance, (_, _) => mounted);
}
