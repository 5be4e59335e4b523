using System.IO;
using System.Text.Json;
using VdFs.Mounted.Tests.Death;
using Xunit.Abstractions;

namespace VdFs.Mounted.Tests.Backups;

/// <summary>Backups that are ended at random moments, by an interruption, by the death of their program or by a full repository: complete ones stay whole, and the next one is incremental. The death of the mount's worker they survive.</summary>
public sealed class BackupDeathTests(ITestOutputHelper output) : IDisposable
{
    private const int Deaths = 50;
    private const int NoSpace = 8;
    private readonly RepositoryWorld world = new(diskMebibytes: 96);

    public void Dispose() => world.Dispose();

    [Fact]
    public void A_backup_that_is_ended_anywhere_costs_nothing_but_itself()
    {
        int seed = TestSeed.Get();
        output.WriteLine(TestSeed.Message(seed));
        var random = new Random(seed);
        MountedImages images = world.Images;
        Tool.Bash($"mkdir '{images.Mount}/sub'; head -c 6000000 /dev/urandom > '{images.Mount}/a'; head -c 3000000 /dev/urandom > '{images.Mount}/sub/b'").Checked();
        world.BackUp();
        var daemon = new Daemon(images);
        int workers = 0, ended = 0, full = 0;
        using IDisposable limit = images.AbortAfter(TimeSpan.FromMinutes(10));
        for (int death = 1; death <= Deaths; death++)
        {
            Change(random);
            int kind = random.Next(4);
            if (kind == 3)
            {
                world.FillUpTo(random.Next(900_000));
                ToolResult result = Tool.Bash(Command(), TimeSpan.FromSeconds(120));
                world.FillUpTo(null);
                Assert.True(result.ExitCode is 0 or NoSpace, result.ToString());
                full += result.ExitCode == NoSpace ? 1 : 0;
            }
            else
            {
                using var backup = new BackgroundTool("bash", ["-c", "exec " + Command()]);
                Thread.Sleep(random.Next(150, 1300));
                if (kind < 2)
                {
                    Tool.Run("kill", kind == 0 ? "-KILL" : "-INT", backup.Id.ToString());
                }
                else
                {
                    daemon.KillWorker();
                    daemon.WaitForSuccession(++workers);
                }
                int code = backup.WaitForExit(TimeSpan.FromSeconds(120));
                // A worker's death at any moment costs a pause.
                Assert.True(kind < 2 || code == 0, string.Join('\n', backup.Lines));
                ended++;
            }
            if (death % 5 != 0)
                continue;
            Change(random);
            JsonElement answer = world.BackUp();
            Assert.All(answer.GetProperty("images").EnumerateArray(), i => Assert.NotEqual("full", i.GetProperty("way").GetString()));
            // That nothing lies about that no backup leads to, too.
            world.Verify();
        }
        output.WriteLine($"{ended} ended by a death ({workers} of them the daemon's), {full} by a full repository");
        Assert.True(ended > 0 && full > 0);
        world.LeavesNothing();
        // Some of the others were whole when they were ended: all that is listed restores, as far as it is known to what.
        world.RestoresAll([.. world.Backups.Where(world.Knows)]);
    }

    private string Command() => string.Join(' ', VdfsCommand.CommandLine) + $" backup '{world.Images.Mount}' '{world.Repository}'";

    private void Change(Random random) => Tool.Bash(string.Join('\n', Enumerable.Range(0, 4).Select(_ =>
        $"head -c {random.Next(1, 300_000)} /dev/urandom | dd of='{world.Images.Mount}/{(random.Next(2) == 0 ? "a" : "sub/b")}' bs=4096 seek={random.Next(600)} conv=notrunc status=none"))).Checked();
}
