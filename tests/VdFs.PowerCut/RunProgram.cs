using System.IO;
using VdFs.PowerCut.Checks;
using VdFs.PowerCut.Guests;
using VdFs.PowerCut.Load;
using VdFs.PowerCut.Replay;
using VdFs.TestKit.Mounting;
using VdFs.TestKit.Processes;

namespace VdFs.PowerCut;

/// <summary>`powercut run`: load in guests, power cuts out of their disks' logs, a check of each. Exit code 1 if a promise was broken.</summary>
public static class RunProgram
{
    public static int Run(string[] arguments)
    {
        RunOptions options = RunOptions.Parse(arguments);
        Console.WriteLine($"seed {options.Seed}, {options.Cuts} power cuts out of {options.Runs} runs of {options.Seconds} s{(options.MountOptions.Length > 0 ? ", mounted with " + options.MountOptions : "")}");
        using var folder = new TemporaryFolder();
        string tools = Path.Combine(folder.Path, "tools.img");
        GuestDisks.MakeTools(tools, folder.Path);
        var all = new CutResult();
        int done = 0;
        for (int run = 0; run < options.Runs; run++)
        {
            int upTo = options.Cuts * (run + 1) / options.Runs;
            RunOne(options, folder.Path, tools, run, upTo - done, all);
            done = upTo;
        }
        Console.WriteLine($"{done} power cuts: {all}; {all.Violations.Count} violations");
        return all.Violations.Count == 0 ? 0 : 1;
    }

    private static void RunOne(RunOptions options, string folder, string tools, int run, int cuts, CutResult all)
    {
        ulong seed = options.Seed + (ulong)run;
        var plan = new LoadPlan(seed);
        string basis = Path.Combine(folder, "base.img"), disk = Path.Combine(folder, "disk.img"), logPath = Path.Combine(folder, "log.img");
        GuestDisks.MakeData(basis, folder);
        Tool.Run("cp", "--sparse=always", basis, disk).Checked();
        string said = new LoadGuest(folder, tools).Run(disk, logPath, seed, options.Seconds, options.MountOptions);
        if (options.Verbose)
            Console.WriteLine(said);
        using (var log = new WriteLog(logPath))
        {
            IReadOnlyList<(int Moment, string[] Words)> records = History.Records(log);
            Console.WriteLine($"run {run} (seed {seed}; {plan.Rhythm}): {log.Entries.Count} writes and flushes, {records.Count(r => r.Words[0] == "cut")} snapshots");
            var random = new Random((int)seed);
            var power = new PowerCutDisk(log, basis);
            int number = 0;
            foreach (int moment in Moments(log, records, cuts, random))
            {
                Loss loss = (Loss)random.Next(6);
                string cut = Path.Combine(folder, "cut.img");
                power.Make(moment, loss, random, cut);
                CutResult result = HostCheck.Run(cut, folder, plan, records, moment, options.MountOptions, random);
                Console.WriteLine($"  cut {run}.{number++} after {moment} (lost {power.Last.Lost} of {power.Last.Unflushed} unflushed): {result}");
                foreach (string violation in result.Violations.Take(10))
                    Console.WriteLine($"    VIOLATION: {violation}");
                if (result.Violations.Count > 0 && options.Keep is not null)
                {
                    // Made again, as the check has written to it.
                    Directory.CreateDirectory(options.Keep);
                    File.Copy(cut, Path.Combine(options.Keep, $"cut-{seed}-{moment}.img"), overwrite: true);
                }
                all.Add(result);
                File.Delete(cut);
            }
        }
        foreach (string path in (string[])[basis, disk, logPath])
            File.Delete(path);
    }

    /// <summary>Half of them anywhere in the load, half near what is done to snapshots; ascending.</summary>
    private static IEnumerable<int> Moments(WriteLog log, IReadOnlyList<(int Moment, string[] Words)> records, int count, Random random)
    {
        int begin = records.First(r => r.Words[0] == "begin").Moment;
        (int Moment, string[] Words)[] steps = [.. records.Where(r => r.Words[0] is "cutting" or "releasing" or "forgetting")];
        int[] ends = [.. steps.Select(s => records.First(r => r.Moment > s.Moment && r.Words[^1] != "" && r.Words.Length > 1 && r.Words[1] == s.Words[1]).Moment)];
        return [.. Enumerable.Range(0, count).Select(_ =>
        {
            if (random.Next(2) == 0 || steps.Length == 0)
                return random.Next(begin, log.Entries.Count + 1);
            int step = random.Next(steps.Length);
            return Math.Min(log.Entries.Count, random.Next(steps[step].Moment, ends[step] + 3));
        }).Order()];
    }
}
