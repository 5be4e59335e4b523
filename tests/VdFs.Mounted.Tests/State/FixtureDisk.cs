using System.IO;

namespace VdFs.Mounted.Tests.State;

/// <summary>A copy of a fixture's filesystem, to be mounted by VdFs beside itself, or damaged while it isn't. Disposing takes all of it away.</summary>
internal sealed class FixtureDisk : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly LoopDevice loop;

    public FixtureDisk(string name)
    {
        Backing = folder.Folder("images");
        MountPoint = folder.Folder("mount");
        string disk = Path.Combine(folder.Path, "disk");
        Tool.Bash($"gunzip -c {Repository.Root}/tests/fixtures/{name}.ext4.gz > {disk}").Checked();
        loop = new LoopDevice(disk);
        loop.Mount(Backing, "ext4");
    }

    public string Backing { get; }

    public string MountPoint { get; }

    /// <summary>The state directory.</summary>
    public string State => Path.Combine(Backing, ".vdfs");

    public ToolResult TryMount(params string[] options) => VdfsCommand.Run(["mount", Backing, MountPoint, .. options]);

    public void Mount() => TryMount().Checked();

    public void Unmount() => VdfsCommand.Run("unmount", MountPoint).Checked();

    /// <summary>`vdfs check` of the backing directory, or of another path.</summary>
    public ToolResult Check(string? path = null, params string[] options) => VdfsCommand.Run(["check", path ?? Backing, .. options]);

    public void Dispose()
    {
        if (MountEntry.Below(MountPoint).Count > 0)
            VdfsCommand.Run("unmount", "--lazy", MountPoint);
        IReadOnlyList<string> leaks = MountLeaks.End(MountPoint);
        loop.Dispose();
        folder.Dispose();
        if (leaks.Count > 0)
            throw new InvalidOperationException(string.Join('\n', leaks));
    }
}
