using System.Text;

namespace VdFs.Core.Tests.World;

/// <summary>Runs seeds; what fails is told with its seed and with all that happened in it.</summary>
internal static class Seeds
{
    /// <summary>The seed that the environment asks for (VDFS_SEED), if it does.</summary>
    public static long? Asked => long.TryParse(Environment.GetEnvironmentVariable("VDFS_SEED"), out long seed) ? seed : null;

    public static int Number(string name, int otherwise) => int.TryParse(Environment.GetEnvironmentVariable(name), out int number) ? number : otherwise;

    /// <summary>
    /// One run per core. Unless told, each thread of the pool takes one, and the pool gets more threads all the time where they are starved by what has the processor first:
    /// hundreds of worlds in memory, which a collector walks through.
    /// </summary>
    public static ParallelOptions SideBySide => new() { MaxDegreeOfParallelism = Environment.ProcessorCount };

    /// <summary>Null, or how a seed broke a promise.</summary>
    public static string? Try(long seed, RunOptions options)
    {
        try
        {
            using var run = new WorldRun(seed, options);
            run.Do();
            return null;
        }
        catch (Exception e)
        {
            return e is WorldViolationException ? e.Message : e.ToString();
        }
    }

    /// <summary>The same once more, with every step and call.</summary>
    public static string Story(long seed, RunOptions options)
    {
        var lines = new List<string>();
        string? end = Try(seed, options with { Trace = lines.Add });
        var story = new StringBuilder();
        foreach (string line in lines.TakeLast(Number("VDFS_LINES", 120)))
            story.AppendLine(line);
        return story.Append(end ?? "it doesn't fail a second time").ToString();
    }

    /// <summary>Runs seeds side by side; those that fail, in order, no more than ten.</summary>
    public static IReadOnlyList<(long Seed, string Problem)> Run(long first, int count, RunOptions options)
    {
        var failed = new List<(long, string)>();
        Parallel.For(first, first + count, SideBySide, (seed, loop) =>
        {
            if (Try(seed, options) is not { } problem)
                return;
            lock (failed)
            {
                failed.Add((seed, problem));
                if (failed.Count >= 10)
                    loop.Stop();
            }
        });
        return [.. failed.OrderBy(f => f.Item1)];
    }
}
