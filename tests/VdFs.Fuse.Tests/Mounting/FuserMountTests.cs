using System.Diagnostics;
using System.IO;
using VdFs.Fuse.Mounting;

namespace VdFs.Fuse.Tests.Mounting;

/// <summary>Mounting as an ordinary user, through fusermount3: by a server process of that user.</summary>
public sealed class FuserMountTests : IDisposable
{
    private const string User = "65534";

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("vdfs-test-");
    private readonly string mountPoint;

    public FuserMountTests()
    {
        mountPoint = System.IO.Path.Combine(folder.FullName, "mnt");
        Directory.CreateDirectory(mountPoint);
        Sh($"chmod 755 {folder.FullName}; echo content > {folder.FullName}/file; chown {User}:{User} {mountPoint} {folder.FullName}/file");
    }

    public void Dispose()
    {
        Sh($"mountpoint -q {mountPoint} && umount -l {mountPoint}");
        folder.Delete(recursive: true);
    }

    [Fact]
    public void A_user_mounts_reads_and_unmounts()
    {
        using Process server = Start("--private");
        Assert.True(SpinWait.SpinUntil(() => MountTable.Read().Any(m => m.MountPoint == mountPoint), TimeSpan.FromSeconds(20)));
        MountEntry entry = MountTable.Read().Single(m => m.MountPoint == mountPoint);
        Assert.Equal((KernelMount.Type, System.IO.Path.Combine(folder.FullName, "file")), (entry.Type, entry.Source));
        Assert.Equal("content", Sh($"{AsUser} timeout 10 cat {mountPoint}/image"));
        Assert.Equal("", Sh($"{AsUser} fusermount3 -u {mountPoint}"));
        Assert.True(server.WaitForExit(10_000));
        Assert.Equal(0, server.ExitCode);
    }

    [Fact]
    public void A_user_without_the_right_to_allow_others_is_told_what_to_do()
    {
        if (File.Exists("/etc/fuse.conf") && File.ReadLines("/etc/fuse.conf").Any(l => l.Trim() == "user_allow_other"))
            return;
        using Process server = Start();
        string errors = server.StandardError.ReadToEnd();
        Assert.True(server.WaitForExit(20_000));
        Assert.Contains("user_allow_other", errors, StringComparison.Ordinal);
    }

    private static string AsUser => $"setpriv --reuid={User} --regid={User} --clear-groups";

    private static string Sh(string script)
    {
        using Process process = Process.Start(new ProcessStartInfo("bash", ["-c", $"{{ {script}; }} 2>&1"]) { RedirectStandardOutput = true })!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output.TrimEnd();
    }

    private Process Start(params string[] arguments)
    {
        // The build's own output may lie where that user can't read.
        Sh($"cp -r {AppContext.BaseDirectory} {folder.FullName}/bin && chmod -R a+rX {folder.FullName}/bin");
        string runtime = System.IO.Path.GetFullPath(System.IO.Path.Combine(System.Runtime.InteropServices.RuntimeEnvironment.GetRuntimeDirectory(), "../../.."));
        var start = new ProcessStartInfo("setpriv", [$"--reuid={User}", $"--regid={User}", "--clear-groups", $"{runtime}/dotnet", $"{folder.FullName}/bin/VdFs.BareServer.dll", $"{folder.FullName}/file", mountPoint, .. arguments])
        {
            RedirectStandardError = true,
            Environment = { ["HOME"] = "/tmp", ["DOTNET_ROOT"] = runtime },
        };
        return Process.Start(start)!;
    }
}
