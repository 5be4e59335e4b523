using System.IO;

namespace VdFs.Mounted.Tests.BadInput;

/// <summary>What people type wrongly, on real repositories and terminals: a documented exit code, and a sentence with the nearest right form.</summary>
public sealed class WrongInputTests : IDisposable
{
    private const int Usage = 2, NotFound = 3, FaultsFound = 10, Interrupted = 130;
    private readonly TemporaryFolder folder = new();
    private readonly string images, mount, repository;

    public WrongInputTests()
    {
        images = folder.Folder("images");
        mount = folder.Folder("mount");
        repository = Path.Combine(folder.Path, "repository");
    }

    public void Dispose()
    {
        IReadOnlyList<string> leaks = MountLeaks.End(folder.Path);
        folder.Dispose();
        Assert.Empty(leaks);
    }

    [Fact]
    public void An_image_is_restored_to_standard_output_or_as_qcow2_and_names_are_helped_with()
    {
        Directory.CreateDirectory(Path.Combine(images, "a"));
        Directory.CreateDirectory(Path.Combine(images, "b"));
        Tool.Bash($"cd {images}; head -c 300000 /dev/urandom > a/disk.img; truncate -s 3M a/disk.img; echo b > b/disk.img; echo c > Other.img").Checked();
        Say(0, "mount", images, mount);
        Say(0, "backup", mount, repository, "--init");
        string vdfs = string.Join(' ', VdfsCommand.CommandLine), scratch = folder.Folder("scratch");
        Tool.Bash($"{vdfs} restore {repository} a/disk.img - 2>/dev/null | cmp - {images}/a/disk.img").Checked();
        Say(0, "restore", repository, "a/disk.img", $"{scratch}/out.qcow2");
        Tool.Bash($"qemu-img check {scratch}/out.qcow2; qemu-img convert -O raw {scratch}/out.qcow2 {scratch}/raw; cmp {scratch}/raw {images}/a/disk.img").Checked();
        Say(0, "restore", repository, "a/disk.img", $"{scratch}/as-it-was.qcow2", "--format", "raw");
        Tool.Run("cmp", $"{scratch}/as-it-was.qcow2", $"{images}/a/disk.img").Checked();

        Assert.Contains("a/disk.img, b/disk.img", Say(Usage, "restore", repository, "disk.img", $"{scratch}/two"), StringComparison.Ordinal);
        Say(0, "restore", repository, "disk.img", $"{scratch}/two/");
        Assert.Contains("did you mean 'Other.img'?", Say(NotFound, "restore", repository, "other.img", $"{scratch}/x"), StringComparison.Ordinal);
        Assert.Contains("did you mean 'a/disk.img'", Say(NotFound, "restore", repository, $"{mount}/a/disk.img", $"{scratch}/x"), StringComparison.Ordinal);
        Assert.Contains("vdfs restore REPOSITORY IMAGE -", Say(Usage, "restore", repository, "-"), StringComparison.Ordinal);
        Say(Usage, "restore", repository, "a/disk.img", $"{scratch}/x", "--format", "vmdk");
        Say(0, "unmount", mount);

        Tool.Bash($"find {repository} -name '*.json' -path '*backup*' -exec sh -c 'echo broken > \"$1\"' sh {{}} ';'").Checked();
        Say(FaultsFound, "list", repository);
    }

    [Fact]
    public void A_working_directory_that_is_gone_is_told_as_that()
    {
        string gone = folder.Folder("gone"), vdfs = string.Join(' ', VdfsCommand.CommandLine);
        foreach (string command in new[] { "status m", "list r", "restore r x", "mount i m", "upgrade m --build b", "check i" })
        {
            ToolResult result = Tool.Bash($"mkdir -p {gone}; cd {gone}; rmdir {gone}; {vdfs} {command} && exit 0 || exit $?");
            Assert.True(result.ExitCode == NotFound && result.Error.Contains("working directory is gone", StringComparison.Ordinal), result.ToString());
        }
        Tool.Bash($"mkdir -p {gone}; cd {gone}; rmdir {gone}; {vdfs} status; {vdfs} doctor > /dev/null").Checked();
    }

    [Fact]
    public void A_terminal_gets_lines_that_fit_and_no_escape_sequences()
    {
        Say(0, "mount", images, mount);
        Say(0, "snapshot", "create", mount, "a-snapshot-with-a-name-that-is-rather-long");
        string vdfs = string.Join(' ', VdfsCommand.CommandLine);
        foreach (string command in new[] { $"snapshot list {mount}", $"status {mount}", "mount --help", "--help" })
        {
            ToolResult shown = Tool.Bash($"TERM=xterm script -qec 'stty cols 70; {vdfs} {command}' /dev/null < /dev/null").Checked();
            Assert.DoesNotContain('\u001b', shown.Output);
            Assert.All(shown.Output.Split('\n'), line => Assert.True(line.TrimEnd('\r').Length <= 70, line));
        }
        Say(0, "unmount", mount);
    }

    [Fact]
    public void Ctrl_C_ends_with_130_and_says_what_remains()
    {
        Tool.Bash($"head -c 30M /dev/urandom > {images}/disk.img").Checked();
        Say(0, "mount", images, mount);
        string vdfs = string.Join(' ', VdfsCommand.CommandLine);
        // The command before the cut is where it waits, and where the signal finds it.
        ToolResult result = Tool.Bash(
            $"set +e; env --default-signal=INT {vdfs} backup {mount} {repository} --init --before 'touch {folder.Path}/now; sleep 30' & p=$!; "
            + $"for i in $(seq 600); do [ -e {folder.Path}/now ] && break; sleep 0.05; done; kill -INT $p; wait $p; exit $?");
        Assert.True(result.ExitCode == Interrupted && result.Error.Contains("there is no backup of this run", StringComparison.Ordinal), result.ToString());
        Say(0, "backup", mount, repository);
        Say(0, "unmount", mount);
    }

    private static string Say(int code, params string[] arguments)
    {
        ToolResult result = VdfsCommand.Run(arguments);
        Assert.True(result.ExitCode == code, $"expected {code}: {result}");
        return result.Output + result.Error;
    }
}
