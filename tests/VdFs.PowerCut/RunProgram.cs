using System.IO;
using VdFs.PowerCut.Checks;
using VdFs.PowerCut.Guests;
using VdFs.PowerCut.Load;
using VdFs.PowerCut.Replay;
using VdFs.TestKit.Mounting;
using VdFs.TestKit.Processes;

namespace VdFs.PowerCut;

/// <summary>`powercut run`: load in guests, power cuts out of their disks' logs, a check of each.</summary>
public sealed class RunProgram
{
    private readonly RunOptions options;
    private readonly string folder;
    private readonly DiskGuest guest;
    private readonly CutResult all = new();
    private readonly CutResult proofs = new();
    private int cuts;
    private int proofsDone;

    private RunProgram(RunOptions options, string folder)
    {
        this.options = options;
        this.folder = folder;
        string tools = Path.Combine(folder, "tools.img");
        GuestDisks.MakeTools(tools, folder);
        guest = new DiskGuest(folder, tools);
    }

    /// <returns>Exit code: 1 if a promise was broken, 2 if the check didn't see what it had to.</returns>
    public static int Run(string[] arguments)
    {
        RunOptions options = RunOptions.Parse(arguments);
        Console.WriteLine($"seed {options.Seed}: {options.Cuts} power cuts out of {options.Runs} runs of {options.Seconds} s{string.Concat(options.MountOptions.Select(o => ", " + o))}");
        using var folder = new TemporaryFolder();
        return new RunProgram(options, folder.Path).Run();
    }

    private int Run()
    {
        for (int run = 0; run < options.Runs; run++)
            RunOne(run, options.Cuts * (run + 1) / options.Runs - cuts, options.Proofs * (run + 1) / options.Runs - proofsDone);
        Console.WriteLine($"{cuts} power cuts: {all}; {all.Violations.Count} violations");
        if (options.Proofs > 0)
            Console.WriteLine($"{proofsDone} power cuts where VdFs was made to believe in a clean end: {proofs.Violations.Count} violations, as there should be");
        return all.Violations.Count > 0 ? 1 : options.Proofs > 0 && proofs.Violations.Count == 0 ? 2 : 0;
    }

    private void RunOne(int run, int cutsOfRun, int proofsOfRun)
    {
        ulong seed = options.Seed + (ulong)run;
        var plan = new LoadPlan(seed);
        string basis = Path.Combine(folder, "base.img"), disk = Path.Combine(folder, "disk.img"), logPath = Path.Combine(folder, "log.img");
        GuestDisks.MakeData(basis, folder);
        Tool.Run("cp", "--sparse=always", basis, disk).Checked();
        string said = guest.Run(disk, logPath, commit: 1 + (int)(seed % 5),
            ["load", "/mnt/images", "/vm", "/dev/vda", $"{GuestDisks.LedgerAt}", $"{seed}", $"{options.Seconds}", .. options.MountOptions],
            TimeSpan.FromSeconds(options.Seconds));
        if (options.Verbose)
            Console.WriteLine(said);
        using (var log = new WriteLog(logPath))
        {
            IReadOnlyList<(int Moment, string[] Words)> records = History.Records(log);
            Console.WriteLine($"run {run} (seed {seed}; {plan.Rhythm}): {log.Entries.Count} writes and flushes, {records.Count(r => r.Words[0] == "cut")} snapshots");
            var random = new Random((int)seed);
            var power = new PowerCutDisk(log, basis);
            int[] moments = Moments(log, records, cutsOfRun + proofsOfRun, random);
            for (int i = 0; i < moments.Length; i++)
            {
                // Spread over the run.
                bool proof = (i + 1) * proofsOfRun / moments.Length > i * proofsOfRun / moments.Length;
                CheckOne($"{run}.{i}", plan, power, moments[i], [.. records.Where(r => r.Moment <= moments[i]).Select(r => r.Words)], proof, random);
            }
        }
        foreach (string path in (string[])[basis, disk, logPath])
            File.Delete(path);
    }

    private void CheckOne(string name, LoadPlan plan, PowerCutDisk power, int moment, string[][] records, bool proof, Random random)
    {
        string path = Path.Combine(folder, "cut.img");
        Loss loss = proof ? Loss.Half : (Loss)random.Next(6);
        power.Make(moment, loss, random, path);
        // As it is before the check, which writes to it.
        string? kept = options.Keep is null || proof ? null : Path.Combine(options.Keep, $"cut-{plan.Seed}-{moment}.img");
        if (kept is not null)
        {
            Directory.CreateDirectory(options.Keep!);
            Tool.Run("cp", "--sparse=always", path, kept).Checked();
            File.WriteAllLines(kept + ".ledger", records.Select(r => string.Join(' ', r)));
        }
        bool boot = !proof && cuts * options.Boot / Math.Max(1, options.Cuts) < (cuts + 1) * options.Boot / Math.Max(1, options.Cuts);
        var disk = new CutDisk(path, folder, plan, records, options.MountOptions);
        CutResult result = boot ? disk.CheckBooted(guest, random) : disk.CheckHere(random, believing: proof);
        Console.WriteLine($"  {(proof ? "proof" : boot ? "booted" : "cut")} {name} after {moment} (lost {power.Last.Lost} of {power.Last.Unflushed} unflushed): {result}");
        foreach (string reason in result.Reasons.Where(_ => options.Verbose))
            Console.WriteLine($"    because: {reason}");
        foreach (string violation in result.Violations.Take(10))
            Console.WriteLine($"    {(proof ? "seen" : "VIOLATION")}: {violation}");
        if (kept is not null && result.Violations.Count == 0)
        {
            File.Delete(kept);
            File.Delete(kept + ".ledger");
        }
        (proof ? proofs : all).Add(result);
        if (proof)
            proofsDone++;
        else
            cuts++;
        File.Delete(path);
    }

    /// <summary>Half of them anywhere in the load, half while something is done to snapshots; ascending.</summary>
    private static int[] Moments(WriteLog log, IReadOnlyList<(int Moment, string[] Words)> records, int count, Random random)
    {
        int begin = records.First(r => r.Words[0] == "begin").Moment;
        (int From, int To)[] steps =
        [
            .. records.Where(r => r.Moment > begin && r.Words[0] is "cutting" or "releasing" or "forgetting")
                .Select(r => (r.Moment, records.FirstOrDefault(e => e.Moment > r.Moment && e.Words.ElementAtOrDefault(1) == r.Words[1], (log.Entries.Count, [])).Moment)),
        ];
        return [.. Enumerable.Range(0, count).Select(_ =>
        {
            (int from, int to) = steps.Length == 0 || random.Next(2) == 0 ? (begin, log.Entries.Count) : steps[random.Next(steps.Length)];
            int moment = random.Next(from, Math.Min(log.Entries.Count, to + 3) + 1);
            // Often right before a flush: when the most is in doubt.
            if (random.Next(2) == 0)
            {
                while (moment < log.Entries.Count && (log.Entries[moment].Flags & LogFlags.Flush) == 0)
                    moment++;
            }
            return moment;
        }).Order()];
    }
}
