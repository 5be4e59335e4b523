using System.IO;
using System.Text;
using System.Text.Json;
using VdFs.Cli.Service;
using VdFs.Core.Snapshots;
using VdFs.PowerCut.Native;
using VdFs.TestKit.Processes;

namespace VdFs.PowerCut.Checks;

/// <summary>A mount that the built command serves from a process of its own; asked through its command and its service.</summary>
public sealed class ServedImages : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);
    private readonly string[] command;
    private readonly ServiceClient service;

    /// <summary>Mounts.</summary>
    /// <param name="command">What starts vdfs.</param>
    /// <param name="images">The backing directory.</param>
    /// <param name="mount">The mount point; without symbolic links in it.</param>
    /// <param name="options">Options for `vdfs mount`.</param>
    /// <exception cref="ToolFailedException">It can't be mounted.</exception>
    public ServedImages(string[] command, string images, string mount, string[] options)
    {
        this.command = command;
        Mount = mount;
        Run(["mount", images, mount, .. options]);
        service = new ServiceClient(RuntimeFolders.For(0).PlaceOf(mount, 0), Limit);
    }

    /// <summary>In the guest: what <see cref="Guests.GuestDisks.MakeTools"/> put beside this program.</summary>
    public static string[] CommandInGuest { get; } = ["dotnet", Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../vdfs/vdfs.dll"))];

    public string Mount { get; }

    /// <summary>`vdfs snapshot list --json`.</summary>
    public IReadOnlyList<SnapshotInfo> List() =>
        JsonSerializer.Deserialize<List<SnapshotInfo>>(Run(["snapshot", "list", Mount, "--json"]).Output, JsonSerializerOptions.Web)!;

    /// <summary>What `vdfs changes` asks the service.</summary>
    public ChangeReport Changes(string image, string from, string? to = null) =>
        service.ChangesAsync(image, from, to, CancellationToken.None).GetAwaiter().GetResult();

    /// <summary>`vdfs changes --json`.</summary>
    public IReadOnlyList<Extent> ToldChanges(string image, string from) =>
        JsonDocument.Parse(Run(["changes", $"{Mount}/{image}", "--from", from, "--json"]).Output).RootElement.GetProperty("extents").Deserialize<List<Extent>>(JsonSerializerOptions.Web)!;

    /// <summary>mkdir .snapshots/NAME</summary>
    public void Cut(string name)
    {
        if (Libc.MakeDirectory($"{Mount}/.snapshots/{name}", 0x1ed) != 0)
            throw new CallFailedException("mkdir", name, Libc.Error);
    }

    /// <summary>The extended attribute user.vdfs.state; empty if there is none.</summary>
    public static unsafe string State(string path)
    {
        byte* value = stackalloc byte[1024];
        nint length = Libc.GetAttribute(path, "user.vdfs.state", value, 1024);
        return length > 0 ? Encoding.UTF8.GetString(value, (int)length) : "";
    }

    public void Unmount() => Run(["unmount", Mount]);

    public void Dispose() => service.Dispose();

    private ToolResult Run(string[] arguments) => Tool.Run(command[0], [.. command[1..], .. arguments], Limit).Checked();
}
