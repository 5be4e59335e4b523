using System.CommandLine;
using System.IO;
using VdFs.Cli.Commands;
using VdFs.Cli.Mounting;
using VdFs.Core.Space;

namespace VdFs.Cli.Tests.Commands;

public class CommandLineTests
{
    [Theory]
    [InlineData("frobnicate")]
    [InlineData("")]
    [InlineData("unmount", "--lzy", "/m")]
    [InlineData("prune", "/r", "--keep-daily", "seven")]
    [InlineData("backup", "/m", "/r", "--full", "--rebase")]
    [InlineData("backup", "/m", "/r", "--limit", "5")]
    [InlineData("mount", "/a", "/b", "--state", "")]
    [InlineData("mount", "/a", "/b", "--preserve-limit", "50")]
    [InlineData("mount", "/a", "/b", "-o", "preserve-limit=50")]
    [InlineData("restore", "/r", "disk.img", "")]
    [InlineData("mount")]
    [InlineData("mount", "/a")]
    [InlineData("mount", "/a", "/b", "--threads", "0")]
    [InlineData("mount", "/a", "/b", "--threads", "x")]
    [InlineData("mount", "/a", "/b", "-o", "frobnicate")]
    [InlineData("mount", "/a", "/b", "--allow-other", "--no-allow-other")]
    [InlineData("mount", "", "/b")]
    [InlineData("snapshot")]
    [InlineData("snapshot", "create", "/m")]
    [InlineData("changes", "/m/x")]
    [InlineData("status", "/a", "/b")]
    public async Task Wrong_command_lines_are_usage_errors_in_one_line(params string[] arguments)
    {
        var host = Host();
        Assert.Equal((int)ExitCode.Usage, await CommandLine.RunAsync(arguments, host));
        Assert.Equal("", host.Out.ToString());
        var error = host.Error.ToString()!;
        Assert.StartsWith("vdfs: ", error, StringComparison.Ordinal);
        Assert.Equal(1, error.Count(c => c == '\n'));
    }

    [Theory]
    [InlineData("did you mean `vdfs status`?", "statsu")]
    [InlineData("did you mean `vdfs snapshot create`?", "snapshot", "creat")]
    [InlineData("create, list, release, rename, delete", "snapshot")]
    [InlineData("did you mean --keep-daily?", "prune", "/r", "--keep-daly", "7")]
    [InlineData("did you mean --lazy?", "unmount", "--lzy", "/m")]
    [InlineData("did you mean allow_other?", "mount", "/a", "/b", "-o", "alow_other")]
    [InlineData("--keep-daily takes a whole number, not 'seven'", "prune", "/r", "--keep-daily", "seven")]
    [InlineData("write 50M or 50G", "mount", "/a", "/b", "--preserve-limit", "50")]
    [InlineData("write 5M or 5G", "backup", "/m", "/r", "--limit", "5")]
    [InlineData("vdfs snapshot create MOUNTPOINT NAME [PATTERN...]", "snapshot", "create", "/m")]
    [InlineData("MOUNTPOINT is empty", "unmount", "")]
    [InlineData("--from CUT", "changes", "/m/x")]
    public async Task The_nearest_right_form_is_told(string told, params string[] arguments)
    {
        var host = Host();
        Assert.Equal((int)ExitCode.Usage, await CommandLine.RunAsync(arguments, host));
        Assert.Contains(told, host.Error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_command_shows_the_help()
    {
        var host = Host();
        Assert.Equal((int)ExitCode.Usage, await CommandLine.RunAsync([], host));
        Assert.Equal("", host.Out.ToString());
        Assert.Contains("Usage:", host.Error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ExitCode.Usage, "frobnicate", "--json")]
    [InlineData(ExitCode.NotFound, "status", "/nowhere", "--json")]
    public async Task An_error_is_a_json_value_too(ExitCode code, params string[] arguments)
    {
        var host = Host();
        Assert.Equal((int)code, await CommandLine.RunAsync(arguments, host));
        using var json = System.Text.Json.JsonDocument.Parse(host.Out.ToString()!);
        var error = json.RootElement.GetProperty("error");
        Assert.Equal((int)code, error.GetProperty("exitCode").GetInt32());
        Assert.Equal($"vdfs: {error.GetProperty("message").GetString()}\n", host.Error.ToString());
    }

    [Theory]
    [InlineData("unmount", "/nowhere")]
    [InlineData("status", "/nowhere")]
    [InlineData("snapshot", "list", "/nowhere")]
    [InlineData("changes", "/etc/hostname", "--from", "a")]
    [InlineData("mount", "/there/is/no/such/folder", "/tmp")]
    public async Task What_is_not_there_is_not_found(params string[] arguments)
    {
        var host = Host();
        Assert.Equal((int)ExitCode.NotFound, await CommandLine.RunAsync(arguments, host));
        Assert.NotEqual("", host.Error.ToString());
    }

    [Theory]
    [InlineData("snapshot", "list", ServedMount.MountPoint + "/web")]
    [InlineData("changes", ServedMount.MountPoint, "--from", "a")]
    public async Task Mount_and_image_may_not_be_confused(params string[] arguments) =>
        Assert.Equal((int)ExitCode.Usage, await CommandLine.RunAsync(arguments, Host()));

    [Fact]
    public async Task Help_tells_every_exit_code()
    {
        var host = Host();
        Assert.Equal(0, await CommandLine.RunAsync(["--help"], host));
        foreach (var code in Enum.GetValues<ExitCode>())
            Assert.Contains($"\n  {(int)code,-3}  {ExitCodes.Help.Single(one => one.Code == code).Meaning}\n", host.Out.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("serve", host.Out.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_of_commands_and_the_version_are_shown()
    {
        foreach (var words in (string[][])[["mount", "--help"], ["snapshot", "create", "-h"], ["--version"]])
        {
            var host = Host();
            Assert.Equal(0, await CommandLine.RunAsync(words, host));
            Assert.NotEqual("", host.Out.ToString());
        }
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1000, false)]
    public void Other_users_are_let_in_by_default_if_root_mounts(int user, bool expected)
    {
        Assert.Equal(expected, Read((uint)user, "/a", "/b").AllowOther);
        Assert.True(Read((uint)user, "/a", "/b", "-o", "allow_other").AllowOther);
        Assert.False(Read((uint)user, "/a", "/b", "--no-allow-other", "-o", "allow_other").AllowOther);
        Assert.True(Read((uint)user, "/a", "/b", "--allow-other").AllowOther);
    }

    [Fact]
    public void Daemon_reads_the_request_that_the_command_had()
    {
        var full = new MountRequest
        {
            BackingDirectory = "/a b/@c", MountPoint = "/m", AllowOther = true, ReadOnly = true, ShowSnapshots = true,
            State = "/s t", Preserve = "/p", AdoptState = true, MaxCheckpoints = 3, Threads = 2,
            PreserveLimit = new(3L << 40, 0), WhenFull = WhenFull.Wait, WhenFullLimit = 60,
        };
        var bare = new MountRequest { BackingDirectory = "/a", MountPoint = "/a" };
        Assert.Equal(full, Read(1000, [.. full.ToArguments()]));
        Assert.Equal(bare, Read(0, [.. bare.ToArguments()]));
    }

    private static MountRequest Read(uint user, params string[] arguments)
    {
        var words = new MountWords();
        var command = new RootCommand();
        words.AddTo(command);
        var parsed = command.Parse(arguments, new() { ResponseFileTokenReplacer = null });
        Assert.Empty(parsed.Errors);
        return words.Read(parsed, new() { Out = TextWriter.Null, Error = TextWriter.Null, User = user, Mounts = () => new([]), Folders = new("/x", user) }, new([]));
    }

    private static CliHost Host() => ServedMount.NewHost("/nonexistent", ServedMount.Table(ServedMount.MountPoint));
}
