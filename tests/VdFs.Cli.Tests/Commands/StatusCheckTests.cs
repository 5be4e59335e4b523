using System.Text.Json;

namespace VdFs.Cli.Tests.Commands;

public class StatusCheckTests
{
    [Fact]
    public async Task All_that_is_wrong_stands_in_one_line_and_nothing_else_alarms()
    {
        await using var served = await ServedMount.StartAsync();
        await served.RunAsync("snapshot", "create", ServedMount.MountPoint, "a");
        var well = await served.RunAsync("status", "--check");
        Assert.Equal((0, "OK: 1 mount, 1 snapshot held.\n"), (well.Code, well.Out));

        served.Mounted.Fake.Lose("a", "the preserve store was full");
        served.Mounted.Room = (0, 1L << 40);
        foreach (string[] command in (string[][])[["status", "--check"], ["status", ServedMount.MountPoint, "--check"]])
        {
            var ill = await served.RunAsync(command);
            Assert.Equal((int)ExitCode.FaultsFound, ill.Code);
            Assert.Equal(1, ill.Out.Count(c => c == '\n'));
            Assert.Contains($"{ServedMount.MountPoint}: snapshot a is lost: the preserve store was full", ill.Out, StringComparison.Ordinal);
            Assert.Contains("the filesystem of the images is full", ill.Out, StringComparison.Ordinal);
        }
        var json = JsonDocument.Parse((await served.RunAsync("status", "--check", "--json")).Out).RootElement;
        Assert.Equal(2, json.GetProperty("problems").GetArrayLength());
        var shown = await served.RunAsync("status", ServedMount.MountPoint);
        Assert.Equal(0, shown.Code);
        Assert.Contains("warning", shown.Out, StringComparison.Ordinal);
        Assert.Equal(2, JsonDocument.Parse((await served.RunAsync("status", ServedMount.MountPoint, "--json")).Out).RootElement.GetProperty("warnings").GetArrayLength());
    }

    [Fact]
    public async Task What_does_not_answer_and_what_is_not_mounted_are_told_apart()
    {
        var served = await ServedMount.StartAsync();
        await served.DisposeAsync();
        var dead = await served.RunAsync("status", "--check");
        Assert.Equal((int)ExitCode.FaultsFound, dead.Code);
        Assert.Contains(ServedMount.MountPoint, dead.Out, StringComparison.Ordinal);
        Assert.Equal((int)ExitCode.NotFound, (await served.RunAsync("status", "/elsewhere", "--check")).Code);
    }
}
