using System.IO;
using System.Text.Json;

namespace VdFs.Mounted.Tests.Mounts;

/// <summary>The ways to mount, and what a mount keeps to itself.</summary>
public sealed class MountOptionTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly string backing;
    private readonly string mount;

    public MountOptionTests()
    {
        backing = folder.Folder("images");
        mount = folder.Folder("mount");
        File.WriteAllText(Path.Combine(backing, "disk.img"), "content\n");
    }

    public void Dispose()
    {
        IReadOnlyList<string> leaks = MountLeaks.End(folder.Path);
        folder.Dispose();
        Assert.Empty(leaks);
    }

    [Fact]
    public void A_directory_is_mounted_over_itself()
    {
        VdfsCommand.Run("mount", backing, backing).Checked();
        Tool.Bash($"cd {backing}; mkdir .snapshots/a; echo second > disk.img; grep -q content .snapshots/a/disk.img; grep -q second disk.img; rmdir .snapshots/a").Checked();
        VdfsCommand.Run("unmount", backing).Checked();
        Assert.Equal("second\n", File.ReadAllText(Path.Combine(backing, "disk.img")));
        Assert.False(Directory.Exists(Path.Combine(backing, ".snapshots")));
    }

    [Fact]
    public void The_state_directory_cannot_be_reached()
    {
        VdfsCommand.Run("mount", backing, mount).Checked();
        Assert.True(Directory.Exists(Path.Combine(backing, ".vdfs")));
        foreach (string command in new[] { "ls $m/.vdfs", "stat $m/.vdfs", "cat $m/.vdfs/*", "mv $m/disk.img $m/.vdfs", "rmdir $m/.vdfs", "ls -A $m | grep vdfs" })
            Assert.NotEqual(0, Tool.Bash($"m={mount}; {command}").ExitCode);
        Tool.Run("mkdir", Path.Combine(mount, ".snapshots/a")).Checked();
        Assert.Equal(["disk.img"], Tool.Run("ls", "-A", Path.Combine(mount, ".snapshots/a")).Checked().Lines);
        VdfsCommand.Run("unmount", mount).Checked();
    }

    [Fact]
    public void A_read_only_mount_takes_no_writes()
    {
        VdfsCommand.Run("mount", backing, mount, "--read-only", "--state", folder.Folder("state")).Checked();
        Assert.Equal("content\n", Tool.Run("cat", Path.Combine(mount, "disk.img")).Checked().Output);
        foreach (string command in new[] { "echo x > $m/disk.img", "touch $m/new", "rm $m/disk.img", "mkdir $m/d", "truncate -s 0 $m/disk.img" })
            Assert.Contains("Read-only file system", Tool.Bash($"m={mount}; {command}").Error, StringComparison.Ordinal);
        VdfsCommand.Run("unmount", mount).Checked();
    }

    [Fact]
    public void Words_of_mount_that_are_taken_are_carried_out()
    {
        Directory.CreateDirectory(Path.Combine(backing, "d"));
        File.WriteAllText(Path.Combine(backing, "run"), "#!/bin/sh\necho ran\n");
        // Older than the modification, so that reading would move it (relatime).
        Tool.Bash($"chmod 755 {backing}/run; touch -a -d '2001-01-01' {backing}/disk.img {backing}/d").Checked();
        VdfsCommand.Run("mount", backing, mount, "-o", "noatime,noexec").Checked();
        Tool.Bash($"cat {mount}/disk.img {mount}/run; ls {mount}/d").Checked();
        Assert.Equal(126, Tool.Run("sh", "-c", $"{mount}/run").ExitCode);
        Assert.Matches(@"\bnoexec\b.*\bnoatime\b", Tool.Bash($"grep ' {mount} ' /proc/self/mounts").Checked().Output);
        Assert.Equal(2001, File.GetLastAccessTimeUtc(Path.Combine(backing, "disk.img")).Year);
        Assert.Equal(2001, Directory.GetLastAccessTimeUtc(Path.Combine(backing, "d")).Year);
        VdfsCommand.Run("unmount", mount).Checked();

        VdfsCommand.Run("mount", backing, mount, "-o", "nodiratime").Checked();
        Tool.Bash($"cat {mount}/disk.img; ls {mount}/d; {mount}/run").Checked();
        Assert.NotEqual(2001, File.GetLastAccessTimeUtc(Path.Combine(backing, "disk.img")).Year);
        Assert.Equal(2001, Directory.GetLastAccessTimeUtc(Path.Combine(backing, "d")).Year);
        VdfsCommand.Run("unmount", mount).Checked();
    }

    [Fact]
    public void Who_reads_in_order_has_a_whole_request_read_ahead()
    {
        VdfsCommand.Run("mount", backing, mount).Checked();
        Assert.Equal("1024", Tool.Bash($"cat /sys/class/bdi/$(mountpoint -d {mount})/read_ahead_kb").Checked().Output.Trim());
        VdfsCommand.Run("unmount", mount).Checked();
    }

    [Fact]
    public void Pre_images_go_where_they_are_told()
    {
        string preserve = folder.Folder("preserve");
        VdfsCommand.Run("mount", backing, mount, "--preserve", preserve).Checked();
        Tool.Bash($"cd {mount}; head -c 1M /dev/urandom > large.img; cp large.img {folder.Path}/old; mkdir .snapshots/a; head -c 1M /dev/urandom > new; dd if=new of=large.img conv=notrunc status=none; cmp .snapshots/a/large.img {folder.Path}/old").Checked();
        long kibibytes = long.Parse(Tool.Run("du", "-sk", preserve).Checked().Output.Split('\t')[0]);
        Assert.InRange(kibibytes, 1024, 4096);
        VdfsCommand.Run("unmount", mount).Checked();
    }

    [Fact]
    public void Status_tells_about_the_mount()
    {
        VdfsCommand.Run("mount", backing, mount).Checked();
        ToolResult status = VdfsCommand.Run("status", mount, "--json").Checked();
        Assert.Contains(JsonDocument.Parse(status.Output).RootElement.ValueKind, new[] { JsonValueKind.Object, JsonValueKind.Array });
        Assert.Contains(mount, status.Output, StringComparison.Ordinal);
        VdfsCommand.Run("unmount", mount).Checked();
        Assert.Empty(MountLeaks.Processes(folder.Path));
    }

    [Fact]
    public void An_ordinary_user_mounts_through_fusermount()
    {
        Tool.Run("chown", "-R", "65534:65534", backing, mount).Checked();
        Nobody("mount", backing, mount);
        Nobody("snapshot", "create", mount, "a");
        Assert.Equal("content\n", Run("cat", Path.Combine(mount, ".snapshots/a/disk.img")).Checked().Output);
        Nobody("unmount", mount);
    }

    private static void Nobody(params string[] arguments) =>
        Run("dotnet", [Repository.Vdfs, .. arguments]).Checked();

    private static ToolResult Run(string command, params string[] arguments) => Tool.Run(
        "setpriv", ["--reuid=65534", "--regid=65534", "--clear-groups", command, .. arguments], TimeSpan.FromSeconds(60),
        environment: new Dictionary<string, string?> { ["HOME"] = "/tmp", ["DOTNET_CLI_HOME"] = "/tmp", ["XDG_RUNTIME_DIR"] = null });
}
