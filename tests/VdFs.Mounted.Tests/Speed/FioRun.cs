using System.Globalization;
using System.Text.Json;

namespace VdFs.Mounted.Tests.Speed;

/// <summary>One run of fio: random accesses of 4 KiB past the page cache.</summary>
/// <param name="Operations">Done.</param>
/// <param name="Rate">Of them, each second.</param>
internal sealed record FioRun(long Operations, double Rate)
{
    /// <summary>So many operations, each on another block.</summary>
    public static FioRun Count(string path, string way, int depth, int operations) =>
        Run(path, way, depth, "--io_size=" + Text(operations * 4096L));

    /// <summary>As many as it gets done.</summary>
    public static FioRun Time(string path, string way, int depth, int milliseconds) =>
        Run(path, way, depth, "--norandommap", "--time_based", $"--runtime={Text(milliseconds)}ms");

    private static FioRun Run(string path, string way, int depth, params string[] more)
    {
        ToolResult result = Tool.Run(Favour.Command, Favour.Arguments("fio",
        [
            "--name=run", "--filename=" + path, "--rw=" + way, "--bs=4k", "--ioengine=libaio", "--direct=1", $"--iodepth={Text(depth)}", "--thread", "--gtod_reduce=1",
            "--allow_file_create=0", "--disk_util=0", "--output-format=json", .. more,
        ])).Checked();
        JsonElement job = JsonDocument.Parse(result.Output[result.Output.IndexOf('{', StringComparison.Ordinal)..]).RootElement.GetProperty("jobs")[0];
        JsonElement done = job.GetProperty(way == "randread" ? "read" : "write");
        Assert.Equal(0, job.GetProperty("error").GetInt32());
        return new FioRun(done.GetProperty("total_ios").GetInt64(), done.GetProperty("iops").GetDouble());
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
