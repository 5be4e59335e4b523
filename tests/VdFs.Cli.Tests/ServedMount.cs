using System.IO;
using Microsoft.Extensions.Logging.Abstractions;
using VdFs.Cli.Commands;
using VdFs.Cli.Mounting;
using VdFs.Cli.Service;
using VdFs.Fuse.Mounting;
using VdFs.Fuse.Native;

namespace VdFs.Cli.Tests;

/// <summary>A service on a real socket, a table that lists its mount, and commands that find it; no kernel mount.</summary>
internal sealed class ServedMount : IAsyncDisposable
{
    public const string MountPoint = "/srv/images";
    public const string Backing = "/srv/.backing";

    private readonly string folder;
    private readonly ControlService service;

    private ServedMount(string folder, ControlService service, FakeMountedImages mounted, CliHost host)
    {
        this.folder = folder;
        this.service = service;
        Mounted = mounted;
        Host = host;
    }

    public FakeMountedImages Mounted { get; }

    public CliHost Host { get; }

    public string Socket => Host.Folders.SocketOf(MountPoint);

    public static async Task<ServedMount> StartAsync()
    {
        var folder = Directory.CreateTempSubdirectory("vdfs-cli-").FullName;
        var host = NewHost(folder, Table(MountPoint));
        host.Folders.Prepare(MountPoint);
        var mounted = new FakeMountedImages(Backing, MountPoint);
        var service = await ControlService.StartAsync(host.Folders.SocketOf(MountPoint), mounted.Snapshots, mounted.Backups, mounted, succeeds: false, NullLoggerFactory.Instance);
        return new(folder, service, mounted, host);
    }

    public static CliHost NewHost(string folder, MountView mounts) => new()
    {
        Out = new StringWriter(),
        Error = new StringWriter(),
        User = ProcessCalls.EffectiveUser(),
        Mounts = () => mounts,
        Folders = new(folder + "/run", ProcessCalls.EffectiveUser()),
    };

    /// <summary>A table with the root and one VdFs mount.</summary>
    public static MountView Table(string mountPoint) => new(
    [
        new("/", "/", "ext4", "/dev/vda", 8, 1, "rw", "rw"),
        new("/", mountPoint, "fuse.vdfs", Backing, 0, 77, "rw,nosuid,nodev", "rw,user_id=0,group_id=0"),
    ]);

    /// <summary>Runs a command and gives its exit code and what it wrote since the last one.</summary>
    public async Task<(int Code, string Out, string Error)> RunAsync(params string[] arguments)
    {
        var (output, error) = ((StringWriter)Host.Out, (StringWriter)Host.Error);
        output.GetStringBuilder().Clear();
        error.GetStringBuilder().Clear();
        int code = await CommandLine.RunAsync(arguments, Host);
        return (code, output.ToString(), error.ToString());
    }

    public async ValueTask DisposeAsync()
    {
        await service.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }
}
