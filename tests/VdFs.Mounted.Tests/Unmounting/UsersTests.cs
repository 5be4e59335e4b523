using System.IO;
using VdFs.Mounted.Tests.Death;

namespace VdFs.Mounted.Tests.Unmounting;

/// <summary>Users and their mounts: each finds its own from anywhere, nobody another's, and nobody is told to detach what lives.</summary>
public sealed class UsersTests : IDisposable
{
    private const int Refused = 5, NoPermission = 6, TimedOut = 9;
    /// <summary>nobody and daemon: fusermount3 needs users with a name.</summary>
    private const uint First = 65534, Second = 1;

    private readonly TemporaryFolder folder = new();
    private readonly string build;

    public UsersTests()
    {
        build = Path.Combine(folder.Path, "build");
        Tool.Run("cp", "-r", Path.GetDirectoryName(VdfsCommand.CommandLine[1])!, build).Checked();
    }

    public void Dispose()
    {
        IReadOnlyList<string> leaks = MountLeaks.End(folder.Path);
        folder.Dispose();
        Assert.Empty(leaks);
    }

    [Fact]
    public void A_mount_of_a_login_session_is_found_from_cron_and_after_logout()
    {
        string session = Own(folder.Folder("session"), First), mount = Prepare("own", First);
        As(First, session, 0, "mount", Images("own"), mount);
        As(First, null, 0, "status", mount);
        As(First, null, 0, "snapshot", "create", mount, "a");
        // Logged out: what the session kept is gone.
        Directory.Delete(session, recursive: true);
        As(First, null, 0, "backup", mount, Own(folder.Folder("repository"), First), "--init");
        As(0, null, 0, "status", mount);
        As(First, null, 0, "unmount", mount);
    }

    [Fact]
    public void Anothers_mount_is_a_matter_of_permission_and_nobody_is_told_to_detach_it()
    {
        string mine = Prepare("mine", First), roots = Prepare("roots", 0);
        As(First, null, 0, "mount", Images("mine"), mine);
        As(0, null, 0, "mount", Images("roots"), roots);
        foreach ((uint user, string command, string mount) in new[] { (Second, "status", mine), (First, "status", roots), (Second, "unmount", mine), (First, "unmount", roots), (First, "upgrade", roots) })
            Assert.DoesNotContain("lazy", As(user, null, NoPermission, command, mount), StringComparison.Ordinal);
        Assert.DoesNotContain("lazy", As(Second, null, 0, "status"), StringComparison.Ordinal);
        As(First, null, NoPermission, "snapshot", "create", roots, "a");
        As(First, null, 0, "unmount", mine);
        As(0, null, 0, "unmount", roots);
    }

    [Fact]
    public void Only_a_socket_of_the_one_who_mounted_is_talked_to()
    {
        string mine = Prepare("mine", First), theirs = Prepare("theirs", Second);
        As(First, null, 0, "mount", Images("mine"), mine);
        As(Second, null, 0, "mount", Images("theirs"), theirs);
        string own = Socket(First, mine), stranger = Socket(Second, theirs);
        Tool.Run("mv", own, own + ".own").Checked();
        Tool.Run("ln", stranger, own).Checked();
        Tool.Run("chmod", "666", stranger).Checked();
        foreach (uint user in new[] { First, 0u })
            Assert.Contains("nothing was asked of it", As(user, null, NoPermission, "status", mine), StringComparison.Ordinal);
        Tool.Run("mv", own + ".own", own).Checked();
        As(First, null, 0, "unmount", mine);
        As(Second, null, 0, "unmount", theirs);
    }

    [Fact]
    public void Detaching_is_advised_only_when_no_process_of_the_mount_lives()
    {
        string mount = Prepare("own", First);
        As(First, null, 0, "mount", Images("own"), mount);
        int[] processes = [.. MountLeaks.Processes(mount).Select(one => one.Id)];
        Tool.Run("kill", [.. processes.Select(one => one.ToString(System.Globalization.CultureInfo.InvariantCulture)).Prepend("-STOP")]).Checked();
        File.Move(Socket(First, mount), Socket(First, mount) + ".away");
        Assert.DoesNotContain("lazy", As(First, null, TimedOut, "status", mount), StringComparison.Ordinal);
        Tool.Run("kill", [.. processes.Select(one => one.ToString(System.Globalization.CultureInfo.InvariantCulture)).Prepend("-KILL")]).Checked();
        Tool.Bash($"for i in $(seq 200); do [ -e /proc/{processes[0]} ] || [ -e /proc/{processes[^1]} ] || exit 0; sleep 0.05; done; exit 1");
        Assert.Contains($"vdfs unmount --lazy {mount}", As(First, null, Refused, "status", mount), StringComparison.Ordinal);
        As(First, null, 0, "unmount", "--lazy", mount);
    }

    private static string Own(string path, uint user)
    {
        Tool.Run("chown", "-R", $"{user}:{user}", path).Checked();
        return path;
    }

    private static string Socket(uint user, string mount) =>
        Tool.Bash($"printf '/tmp/vdfs-{user}/%.16s/control.sock' \"$(printf %s {mount} | sha256sum)\"").Checked().Output.Trim();

    private string Images(string name) => Path.Combine(folder.Path, name, "images");

    private string Prepare(string name, uint user)
    {
        string mount = Path.Combine(folder.Path, name, "mount");
        Directory.CreateDirectory(Images(name));
        Directory.CreateDirectory(mount);
        File.WriteAllText(Path.Combine(Images(name), "disk.img"), "content");
        Own(Path.Combine(folder.Path, name), user);
        return mount;
    }

    private string As(uint user, string? session, int code, params string[] arguments)
    {
        string[] prefix = UserMounter.PrefixOf(user, session);
        ToolResult result = Tool.Run(prefix[0], [.. prefix[1..], "dotnet", Path.Combine(build, "vdfs.dll"), .. arguments], TimeSpan.FromSeconds(90));
        Assert.True(result.ExitCode == code, $"expected {code}: {result}");
        return result.Output + result.Error;
    }
}
