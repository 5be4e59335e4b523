using System.IO;
using VdFs.TestKit.Mounting;
using VdFs.TestKit.Processes;

namespace VdFs.Cli.Tests.Scripts;

/// <summary>mount-scripts/vdfs and its neighbours, in a checkout whose SDK is a script that notes how it is called.</summary>
public sealed class WrapperTests : IDisposable
{
    private const string Sdk = """
        #!/bin/bash
        case $1 in
          --list-sdks) echo "10.0.100 [/nowhere]" ;;
          build)
            echo "build invariant=${DOTNET_SYSTEM_GLOBALIZATION_INVARIANT-} home=${HOME-}" >>"$checkout/calls"
            echo "  Determining projects to restore..."
            echo "  VdFs.Core -> /somewhere/VdFs.Core.dll"
            [ ! -e "$checkout/broken" ] || { echo "error CS1002: ; expected"; exit 1; }
            mkdir -p "$checkout/src/VdFs.Cli/bin/Release/net10.0/publish"
            echo built >"$checkout/src/VdFs.Cli/bin/Release/net10.0/publish/vdfs.dll"
            ;;
          */vdfs.dll) shift; echo "ran $* with $(ls /proc/self/fd | tr '\n' ' ')" ;;
        esac
        """;

    private readonly TemporaryFolder folder = new();
    private readonly string checkout, programs;

    public WrapperTests()
    {
        checkout = folder.Folder("checkout");
        programs = folder.Folder("programs");
        Tool.Bash($"cp -r {Repository.Root}/mount-scripts {Repository.Root}/native-deps {checkout}; mkdir -p {checkout}/src/VdFs.Cli; cd {checkout}; touch Directory.Build.props Directory.Build.targets global.json src/A.cs").Checked();
        File.WriteAllText($"{programs}/dotnet", Sdk);
        Tool.Run("chmod", "755", $"{programs}/dotnet").Checked();
    }

    private string Calls => File.Exists($"{checkout}/calls") ? File.ReadAllText($"{checkout}/calls") : "";

    public void Dispose() => folder.Dispose();

    [Fact]
    public void It_says_that_it_builds_and_what_and_how_long_that_took()
    {
        ToolResult first = Run("mount-scripts/vdfs status").Checked();
        Assert.StartsWith("ran status with", first.Output, StringComparison.Ordinal);
        Assert.Contains("isn't built here yet: packages are fetched and all of it is compiled, in one to three minutes", first.Error, StringComparison.Ordinal);
        Assert.Contains("VdFs.Core (", first.Error, StringComparison.Ordinal);
        Assert.Contains("VdFs is built (", first.Error, StringComparison.Ordinal);
        Assert.Equal("", Run("mount-scripts/vdfs status").Checked().Error);
        Tool.Run("touch", "-d", "+1 minute", $"{checkout}/src/A.cs").Checked();
        Assert.Matches("since sources are newer than the last build, which took [0-9]+ seconds", Run("mount-scripts/vdfs status").Checked().Error);
        Assert.Equal(2, Calls.Split("build ").Length - 1);
    }

    [Fact]
    public void Told_never_to_build_it_runs_the_last_build_and_says_that_sources_are_newer()
    {
        ToolResult none = Run("VDFS_BUILD=never mount-scripts/vdfs status");
        Assert.Equal(7, none.ExitCode);
        Assert.Contains("there is no build yet", none.Error, StringComparison.Ordinal);
        Run("mount-scripts/vdfs status").Checked();
        Assert.Equal("", Run("VDFS_BUILD=never mount-scripts/vdfs status").Checked().Error);
        Tool.Run("touch", "-d", "+1 minute", $"{checkout}/src/A.cs").Checked();
        ToolResult stale = Run("VDFS_BUILD=never mount-scripts/vdfs status").Checked();
        Assert.StartsWith("ran status", stale.Output, StringComparison.Ordinal);
        Assert.StartsWith("vdfs: sources are newer than the last build, which runs", stale.Error, StringComparison.Ordinal);
        Assert.Single(stale.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(1, Calls.Split("build ").Length - 1);
        Assert.Equal(2, Run("VDFS_BUILD=sometimes mount-scripts/vdfs status").ExitCode);
    }

    /// <summary>systemd hands over what it stored, from 3 on, and more than ten of them.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("VDFS_BUILD=never")]
    public void Descriptors_that_it_is_handed_are_handed_on(string how)
    {
        Run("mount-scripts/vdfs status").Checked();
        Tool.Run("touch", "-d", "+1 minute", $"{checkout}/src/A.cs").Checked();
        ToolResult result = Run($"for i in {{3..22}}; do eval \"exec $i</dev/null\"; done; {how} mount-scripts/vdfs mount").Checked();
        string[] held = result.Output.Split("with ")[1].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        foreach (int number in Enumerable.Range(3, 20))
            Assert.Contains(number.ToString(), held);
    }

    [Fact]
    public void Builds_need_neither_libicu_nor_a_home()
    {
        Run("unset HOME DOTNET_SYSTEM_GLOBALIZATION_INVARIANT; mount-scripts/vdfs status").Checked();
        Assert.Matches("invariant=1 home=/", Calls);
    }

    [Fact]
    public void A_failed_build_shows_its_messages_and_nothing_runs()
    {
        File.WriteAllText($"{checkout}/broken", "");
        ToolResult failed = Run("mount-scripts/vdfs status");
        Assert.Equal(1, failed.ExitCode);
        Assert.Equal("", failed.Output);
        Assert.Contains("error CS1002", failed.Error, StringComparison.Ordinal);
        Assert.Contains("the build of src/VdFs.Cli/VdFs.Cli.csproj failed", failed.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_dotnet_each_script_says_what_to_install()
    {
        string bare = folder.Folder("bare");
        Tool.Bash($"for p in bash env find readlink dirname cat sed grep mkdir touch tee mv rm flock mktemp; do ln -s $(command -v $p) {bare}/; done").Checked();
        foreach (string script in new[] { "vdfs status", "mount.sh src nowhere", "unmount.sh src", "demo.sh" })
        {
            ToolResult refused = Tool.Run("bash", "-c", $"cd {checkout}; export PATH={bare} HOME={checkout}; DOTNET_ROOT= mount-scripts/{script}");
            Assert.Equal(7, refused.ExitCode);
            Assert.Contains("dotnet is missing; install the .NET SDK 10.0", refused.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_user_who_may_not_build_runs_the_last_build()
    {
        if (!Environment.IsPrivilegedProcess)
            return;
        Run("mount-scripts/vdfs status").Checked();
        Tool.Run("touch", "-d", "+1 minute", $"{checkout}/src/A.cs").Checked();
        ToolResult other = Run($"chmod -R a+rX {folder.Path}; setpriv --reuid 65534 --regid 65534 --clear-groups mount-scripts/vdfs status").Checked();
        Assert.StartsWith("ran status", other.Output, StringComparison.Ordinal);
        Assert.Contains("this user may not build", other.Error, StringComparison.Ordinal);
        File.Delete($"{checkout}/src/VdFs.Cli/bin/Release/net10.0/publish/vdfs.dll");
        Assert.Equal(6, Run("setpriv --reuid 65534 --regid 65534 --clear-groups mount-scripts/vdfs status").ExitCode);
    }

    [Theory]
    [InlineData("mount.sh")]
    [InlineData("unmount.sh")]
    [InlineData("demo.sh")]
    public void Asked_for_help_a_script_explains_itself_and_does_nothing(string script)
    {
        foreach (string word in new[] { "--help", "-h" })
        {
            ToolResult help = Run($"mount-scripts/{script} {word}").Checked();
            Assert.Contains($"mount-scripts/{script}", help.Output, StringComparison.Ordinal);
            Assert.Equal("", help.Error);
        }
        Assert.Equal(2, Run($"mount-scripts/{script} {(script == "demo.sh" ? "word" : "")}").ExitCode);
        Assert.Equal("", Calls);
    }

    private ToolResult Run(string script) =>
        Tool.Run("bash", ["-c", $"cd {checkout}; export checkout={checkout} PATH={programs}:$PATH; {script}"], TimeSpan.FromSeconds(60));
}
