using System.IO;

namespace VdFs.Mounted.Tests.Death;

/// <summary>A mount of a user who isn't root: by fusermount3, and for that user alone; root itself gets nothing to see.</summary>
internal sealed class UserMounter : IMounter
{
    private const uint Id = 65534;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    /// <summary>What starts a command as that user.</summary>
    public static string[] Prefix { get; } = PrefixOf(Id);

    private string build = "";

    /// <summary>Gives the folders to the user, and a copy of the build, which may lie where the user can't go.</summary>
    public void Prepare(MountedImages images)
    {
        build = Path.Combine(images.Root, "build");
        Tool.Run("cp", "-r", Path.GetDirectoryName(VdfsCommand.CommandLine[1])!, build).Checked();
        Tool.Run("chown", "-R", $"{Id}:{Id}", images.Root).Checked();
    }

    public void Mount(MountedImages images) => Vdfs("mount", images.Backing, images.Mount, "--state", images.State).Checked();

    public void Unmount(MountedImages images) => Vdfs("unmount", images.Mount).Checked();

    /// <summary>What starts a command as some user.</summary>
    /// <param name="user">Its number.</param>
    /// <param name="session">Where that user's login session keeps its things; null: as from cron.</param>
    public static string[] PrefixOf(uint user, string? session = null) =>
        ["setpriv", $"--reuid={user}", $"--regid={user}", "--clear-groups", "env", session is null ? "--unset=XDG_RUNTIME_DIR" : $"XDG_RUNTIME_DIR={session}", "HOME=/nonexistent"];

    public ToolResult Vdfs(params string[] arguments) => Run(["dotnet", Path.Combine(build, "vdfs.dll"), .. arguments]);

    public static ToolResult Run(params string[] command) => Tool.Run(Prefix[0], [.. Prefix[1..], .. command], Limit);
}
