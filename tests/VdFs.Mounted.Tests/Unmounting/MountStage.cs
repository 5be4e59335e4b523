using System.IO;

namespace VdFs.Mounted.Tests.Unmounting;

/// <summary>Images and a mount point on a mount whose propagation a test chooses, since the host's own may be shared or private.</summary>
internal sealed class MountStage : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly string stage;

    /// <param name="propagation">`private` or `shared`.</param>
    public MountStage(string propagation)
    {
        stage = folder.Folder("stage");
        Tool.Run("mount", "--bind", stage, stage).Checked();
        Tool.Run("mount", $"--make-{propagation}", stage).Checked();
        Images = Directory.CreateDirectory(Path.Combine(stage, "images")).FullName;
        Mount = Directory.CreateDirectory(Path.Combine(stage, "mount")).FullName;
        Scratch = folder.Folder("scratch");
        File.WriteAllText(Path.Combine(Images, "disk.img"), "content");
        Disk = Path.Combine(Mount, "disk.img");
    }

    public string Images { get; }

    public string Mount { get; }

    public string Scratch { get; }

    /// <summary>An image in the mount.</summary>
    public string Disk { get; }

    public void Vdfs(int code, params string[] arguments) => Say(code, arguments);

    /// <summary>Runs the command, which must end with a code; answers what it said.</summary>
    public string Say(int code, params string[] arguments)
    {
        ToolResult result = VdfsCommand.Run(arguments);
        Assert.True(result.ExitCode == code, $"expected {code}: {result}");
        return result.Output + result.Error;
    }

    public void Dispose()
    {
        IReadOnlyList<string> leaks = MountLeaks.End(Mount);
        Tool.Run("umount", "--lazy", stage);
        folder.Dispose();
        Assert.Empty(leaks);
    }
}
