using System.IO;
using System.Text.Json;
using VdFs.Cli.Commands;
using VdFs.Cli.Doctor;

namespace VdFs.Cli.Tests.Doctor;

public class HostChecksTests
{
    private static readonly HostFacts Fine = new()
    {
        User = 0, Kernel = "6.18.3-1-amd64", KnowsFuse = true, Fusermount = "/bin/fusermount3", UserAllowOther = true,
        OpenFiles = 65536, MaxPages = 256, QemuImg = "/bin/qemu-img", Fio = "/bin/fio", Free = 1L << 40,
    };

    [Fact]
    public void Host_with_everything_gets_no_advice()
    {
        Assert.All(HostChecks.Judge(Fine), check => Assert.Equal((HostCheck.Ok, ""), (check.Verdict, check.Advice)));
        Assert.True(HostChecks.CanRun(HostChecks.Judge(Fine)));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(13)]
    [InlineData(5)]
    public void Without_the_device_VdFs_cannot_run(int error) => Assert.False(HostChecks.CanRun(HostChecks.Judge(Fine with { DeviceError = error })));

    [Fact]
    public void Without_io_uring_it_says_why_and_goes_on()
    {
        HostFacts without = Fine with { WhyNoRing = "turned off" };
        HostCheck check = Assert.Single(HostChecks.Judge(without), c => c.Verdict != HostCheck.Ok);
        Assert.Contains("turned off", check.Advice, StringComparison.Ordinal);
        Assert.True(HostChecks.CanRun(HostChecks.Judge(without)));
    }

    [Fact]
    public void Without_the_right_to_allocate_at_once_it_says_what_a_memory_limit_does()
    {
        HostCheck check = Assert.Single(HostChecks.Judge(Fine with { FlushesWithoutWaiting = false }), c => c.Verdict != HostCheck.Ok);
        Assert.Contains("CAP_SYS_RESOURCE", check.Found, StringComparison.Ordinal);
        Assert.Contains("a memory group of its own", check.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_root_does_without_fusermount()
    {
        Assert.True(HostChecks.CanRun(HostChecks.Judge(Fine with { Fusermount = null })));
        Assert.False(HostChecks.CanRun(HostChecks.Judge(Fine with { Fusermount = null, User = 1000 })));
    }

    [Theory]
    [InlineData("6.1.0-56-cloud-amd64", HostCheck.Better, true)]
    [InlineData("6.9.0", HostCheck.Ok, true)]
    [InlineData("5.4.0-1-generic", HostCheck.Better, false)]
    [InlineData("strange", HostCheck.Better, true)]
    public void Old_kernels_are_told_apart(string release, string verdict, bool can)
    {
        var checks = HostChecks.Judge(Fine with { Kernel = release }).ToList();
        Assert.Equal(verdict, checks.Single(check => check.Name == "kernel").Verdict);
        Assert.Equal(can, HostChecks.CanRun(checks));
    }

    [Fact]
    public void Everything_that_is_not_well_says_what_to_do() => Assert.All(
        HostChecks.Judge(new() { User = 1000, DeviceError = 2, Kernel = "5.4.0", OpenFiles = 1024, MaxPages = 32, Free = 1 }),
        check => Assert.True(check.Verdict == HostCheck.Ok || check.Advice.Length > 0, check.Name));

    [Fact]
    public void Doctor_answers_by_exit_code_table_and_json()
    {
        var host = ServedMount.NewHost("/nonexistent", new([]));
        Assert.Equal(0, DoctorCommand.Run(host, Fine, json: false));
        Assert.EndsWith("VdFs can run here.\n", host.Out.ToString(), StringComparison.Ordinal);

        host = ServedMount.NewHost("/nonexistent", new([]));
        Assert.Equal((int)ExitCode.HostLacks, DoctorCommand.Run(host, Fine with { DeviceError = 2 }, json: true));
        using var json = JsonDocument.Parse(host.Out.ToString()!);
        Assert.Equal("lacks", json.RootElement[0].GetProperty("verdict").GetString());
    }

    [Fact]
    public void Facts_of_this_host_can_be_gathered()
    {
        var facts = HostFacts.Gather(0);
        Assert.Equal(File.ReadAllText("/proc/sys/kernel/osrelease").Trim(), facts.Kernel);
        Assert.True(facts.OpenFiles > 0);
    }
}
