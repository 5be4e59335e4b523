using System.IO;
using VdFs.Mounted.Tests.Death;
using Xunit.Abstractions;

namespace VdFs.Mounted.Tests.Systemd;

/// <summary>systemd's descriptor store holds the mount in the supervisor's place.</summary>
public sealed class ServiceManagerTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(8);
    private static readonly TimeSpan CommandLimit = TimeSpan.FromMinutes(2);

    [SystemdTheory]
    [InlineData("kill", 10)]
    [InlineData("upgrade", 4)]
    public void Clients_notice_nothing_but_a_pause_when_systemd_replaces_the_worker(string how, int times)
    {
        int seed = TestSeed.Get();
        output.WriteLine(TestSeed.Message(seed));
        var random = new Random(seed);
        using var unit = new SystemdUnit();
        using var images = new MountedImages(null, unit);
        using IDisposable watchdog = images.AbortAfter(Limit);
        string done = new ManyClients(images, seed).Run(times, i =>
        {
            Thread.Sleep(random.Next(100, 1200));
            if (how == "kill")
                unit.Signal("KILL");
            else
                VdfsCommand.Run(CommandLimit, ["upgrade", images.Mount]).Checked();
            unit.WaitForSuccession(i);
        });
        IReadOnlyList<double> pauses = unit.Pauses();
        output.WriteLine($"{how}: {pauses.Count} times, {done}, median pause (from the next process's start) {Daemon.Median(pauses):F0} ms, longest {pauses.Max():F0} ms");
        Assert.Equal(times.ToString(), unit.Show("NRestarts"));
        var status = Daemon.Status(images);
        Assert.Equal(times, status.GetProperty("restarts").GetInt32());
        Assert.Equal("service-manager", status.GetProperty("holder").GetString());
    }

    [SystemdFact]
    public void The_unit_has_no_mistakes_that_systemd_knows()
    {
        using var work = new TemporaryFolder();
        string unit = Path.Combine(work.Path, "vdfs@test.service");
        string shipped = File.ReadAllText(Path.Combine(Repository.Root, "mount-scripts/systemd/vdfs@.service"));
        File.WriteAllText(unit, shipped.Replace("/usr/bin/vdfs", "/bin/true", StringComparison.Ordinal));
        ToolResult verified = Tool.Run("systemd-analyze", "verify", "--man=no", unit);
        // It complains of other units of this machine as well.
        Assert.DoesNotContain("vdfs@", verified.Output + verified.Error, StringComparison.Ordinal);
    }

    [SystemdFact]
    public void A_stopped_unit_leaves_no_mount_and_an_empty_store()
    {
        using var unit = new SystemdUnit();
        using var images = new MountedImages(null, unit);
        Tool.Bash($"echo content > '{images.Mount}/disk'").Checked();
        images.Cut("a");
        Assert.InRange(unit.Stored, 9, 11);
        images.Unmount();
        Assert.Equal("inactive", unit.Show("ActiveState"));
        Assert.Equal("success", unit.Show("Result"));
        Assert.Equal(0, unit.Stored);
        Assert.DoesNotContain(MountEntry.Below(images.Mount), m => m.Type.StartsWith("fuse", StringComparison.Ordinal));
        images.MountAgain();
        Assert.Equal("content\n", Tool.Run("cat", Path.Combine(images.Snapshot("a"), "disk")).Checked().Output);
        // By hand, too, and then systemd doesn't mount it again.
        VdfsCommand.Run(CommandLimit, ["unmount", images.Mount]).Checked();
        unit.WaitFor("the unit's end", () => unit.Show("ActiveState") == "inactive");
        Assert.Equal(0, unit.Stored);
    }

    [SystemdFact]
    public void A_deleted_file_that_is_open_is_in_the_store_until_it_is_closed()
    {
        using var unit = new SystemdUnit();
        using var images = new MountedImages(null, unit);
        using IDisposable watchdog = images.AbortAfter(Limit);
        int stored = unit.Stored;
        string path = Path.Combine(images.Mount, "file");
        File.WriteAllText(path, "nameless");
        using (var open = new StreamReader(path))
        {
            File.Delete(path);
            Assert.Equal(stored + 1, unit.Stored);
            unit.Signal("KILL");
            Assert.Equal("nameless", open.ReadToEnd());
            unit.WaitForSuccession(1);
        }
        unit.WaitFor("an emptier store", () => unit.Stored == stored);
    }

    [SystemdFact]
    public void A_build_that_does_not_get_to_serve_gives_way_to_the_former_one()
    {
        using var unit = new SystemdUnit();
        using var images = new MountedImages(null, unit);
        using IDisposable watchdog = images.AbortAfter(Limit);
        File.WriteAllText(Path.Combine(images.Mount, "disk"), "content");
        string before = Daemon.Status(images).GetProperty("worker").GetProperty("build").GetString()!;
        foreach ((string what, string script) in WrongBuild.All.Where(one => one.Key is not "ends as one that makes room"))
        {
            ToolResult refused = VdfsCommand.Run(CommandLimit, ["upgrade", images.Mount, "--build", WrongBuild.Make(images.Scratch, script)]);
            Assert.True(refused.ExitCode == 5 && refused.Error.Contains("the former one goes on", StringComparison.Ordinal), $"{what}: {refused}\n{unit.Log}");
        }
        Assert.Contains("didn't get to serve: the former build goes on", unit.Log, StringComparison.Ordinal);
        Assert.Equal(before, Daemon.Status(images).GetProperty("worker").GetProperty("build").GetString());
        // By a script, as the one of a checkout.
        string wrapper = WrongBuild.Make(images.Scratch, $"exec {string.Join(' ', VdfsCommand.CommandLine)} \"$@\"");
        VdfsCommand.Run(CommandLimit, ["upgrade", images.Mount, "--build", wrapper]).Checked();
        int replaced = unit.Pauses().Count;
        unit.Signal("KILL");
        unit.WaitForSuccession(++replaced);
        // A good one at another path, which goes on after a death.
        string good = Path.Combine(images.Scratch, "good");
        Tool.Run("cp", "-r", Path.GetDirectoryName(VdfsCommand.CommandLine[1])!, good).Checked();
        good = Path.Combine(good, "vdfs.dll");
        VdfsCommand.Run(CommandLimit, ["upgrade", images.Mount, "--build", good]).Checked();
        unit.WaitForSuccession(++replaced);
        unit.Signal("KILL");
        unit.WaitForSuccession(++replaced);
        Assert.Equal(good, Daemon.Status(images).GetProperty("worker").GetProperty("build").GetString());
        Assert.Equal("content", File.ReadAllText(Path.Combine(images.Mount, "disk")));
    }

    [SystemdFact]
    public void A_worker_that_hangs_is_replaced_by_the_watchdog()
    {
        using var unit = new SystemdUnit("WatchdogSec=3");
        using var images = new MountedImages(null, unit);
        using IDisposable watchdog = images.AbortAfter(Limit);
        File.WriteAllText(Path.Combine(images.Mount, "disk"), "content");
        // Shows life while it is idle.
        Thread.Sleep(TimeSpan.FromSeconds(8));
        Assert.Equal("0", unit.Show("NRestarts"));
        unit.Signal("STOP");
        Assert.Equal("content\n", Tool.Run("cat", Path.Combine(images.Mount, "disk")).Checked().Output);
        unit.WaitForSuccession(1);
    }

    /// <summary>As after a death between opening the directories and having mounted.</summary>
    [SystemdFact]
    [Trait("Propagation", "both")]
    public void Where_the_store_has_all_but_the_mount_it_is_mounted_anew()
    {
        using var unit = new SystemdUnit("FileDescriptorStoreMax=5");
        using var images = new MountedImages(null, unit);
        using IDisposable watchdog = images.AbortAfter(Limit);
        File.WriteAllText(Path.Combine(images.Mount, "disk"), "content");
        Assert.Equal(5, unit.Stored);
        unit.Signal("KILL");
        unit.WaitFor("another mount", () => unit.Log.Contains("but no mount", StringComparison.Ordinal) && unit.Show("SubState") == "running");
        Assert.Equal("content", File.ReadAllText(Path.Combine(images.Mount, "disk")));
        // The dead mount is gone everywhere. The new one is listed twice where the folder that is bound over itself has a shared one below.
        var mounts = MountEntry.Below(images.Mount).Where(m => m.Type.StartsWith("fuse", StringComparison.Ordinal));
        Assert.Single(mounts.Select(m => m.Device).Distinct());
    }

    [SystemdFact]
    public void A_script_that_closes_what_the_manager_passed_is_told_of_and_nobody_hangs_for_ever()
    {
        using var unit = new SystemdUnit();
        using var images = new MountedImages(null, unit);
        using IDisposable watchdog = images.AbortAfter(Limit);
        File.WriteAllText(Path.Combine(images.Mount, "disk"), "content");
        string command = File.ReadAllText(unit.Command);
        File.WriteAllText(unit.Command, command.Replace("#!/bin/sh\n", """
            #!/bin/bash
            number=3
            for name in ${LISTEN_FDNAMES//:/ }; do
              [[ $name != nodes ]] || eval "exec $number>&-"
              number=$((number + 1))
            done

            """, StringComparison.Ordinal));
        unit.Signal("KILL");
        Assert.NotEqual(0, Tool.Run("cat", [Path.Combine(images.Mount, "disk")], CommandLimit).ExitCode);
        unit.WaitFor("the unit's failure", () => unit.Show("ActiveState") == "failed");
        Assert.Contains("missing: nodes", unit.Log, StringComparison.Ordinal);
        Assert.Contains("a program between the service manager and vdfs closed or replaced them", unit.Log, StringComparison.Ordinal);
        Assert.Contains("VdFs gives up on this mount: 5 starts in a row failed", unit.Log, StringComparison.Ordinal);
        Assert.Equal(0, unit.Stored);
        File.WriteAllText(unit.Command, command);
        unit.Control("reset-failed").Checked();
        images.MountAgain();
        Assert.Equal("content", File.ReadAllText(Path.Combine(images.Mount, "disk")));
    }

    /// <summary>The store goes with the unit, and with it the connection.</summary>
    [SystemdFact]
    public void When_systemd_gives_up_nobody_is_left_waiting()
    {
        using var unit = new SystemdUnit("RestartSec=10ms");
        using var images = new MountedImages(null, unit);
        using IDisposable watchdog = images.AbortAfter(Limit);
        File.WriteAllText(Path.Combine(images.Mount, "disk"), "content");
        string command = File.ReadAllText(unit.Command);
        File.WriteAllText(unit.Command, "#!/bin/sh\nexit 1\n");
        unit.Signal("KILL");
        Assert.NotEqual(0, Tool.Run("cat", [Path.Combine(images.Mount, "disk")], CommandLimit).ExitCode);
        unit.WaitFor("the unit's failure", () => unit.Show("ActiveState") == "failed");
        Assert.Equal(0, unit.Stored);
        File.WriteAllText(unit.Command, command);
        unit.Control("reset-failed").Checked();
        // The dead mount is taken away.
        images.MountAgain();
        Assert.Equal("content", File.ReadAllText(Path.Combine(images.Mount, "disk")));
    }
}
