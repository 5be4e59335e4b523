using System.Globalization;
using VdFs.PowerCut.Guests;
using VdFs.PowerCut.Load;
using VdFs.PowerCut.Replay;

namespace VdFs.PowerCut.Checks;

/// <summary>What the load knew at the moment of a power cut: the ledger's records up to it.</summary>
public sealed class History
{
    private readonly Dictionary<string, KnownCut> cuts = [];
    private readonly int[][] synced = [.. Enumerable.Range(0, LoadPlan.Images).Select(_ => new int[LoadPlan.Writers])];
    private readonly HashSet<(int Writer, int Number)> durable = [];

    /// <summary>Cuts by name, those that were forgotten and those that were under way too.</summary>
    public IReadOnlyDictionary<string, KnownCut> Cuts => cuts;

    /// <summary>The ledger's records in a log, each with the number of entries that the log had with it.</summary>
    public static IReadOnlyList<(int Moment, string[] Words)> Records(WriteLog log)
    {
        List<(int, string[])> records = [];
        for (int i = 0; i < log.Entries.Count; i++)
        {
            LogEntry entry = log.Entries[i];
            if (entry.Sectors == 0 || entry.Sector < GuestDisks.LedgerAt / LoadPlan.SectorSize)
                continue;
            byte[] data = log.Data(entry);
            for (int s = 0; s < entry.Sectors; s++)
            {
                if (LedgerRecord.Read(data.AsSpan(s * LoadPlan.SectorSize, LoadPlan.SectorSize)) is { } words)
                    records.Add((i + 1, words));
            }
        }
        return records;
    }

    /// <summary>Takes one record more.</summary>
    public void Take(string[] words)
    {
        switch (words[0])
        {
            case "synced":
                // Those of two writers may overtake each other.
                int[] known = synced[Number(words[1])];
                int[] more = Numbers(words[2..]);
                for (int writer = 0; writer < LoadPlan.Writers; writer++)
                    known[writer] = Math.Max(known[writer], more[writer]);
                break;
            case "durable":
                durable.Add((Number(words[1]), Number(words[2])));
                break;
            case "cutting":
                cuts[words[1]] = new KnownCut { Ended = Numbers(words[2..]) };
                break;
            case "failed":
                cuts.Remove(words[1]);
                break;
            case "cut":
                cuts[words[1]].Begun = Numbers(words[2..]);
                cuts[words[1]].State = KnownCutState.Held;
                break;
            case "exact":
                cuts[words[1]].Exact = Numbers(words[2..]);
                break;
            case "releasing":
                cuts[words[1]].State = KnownCutState.Releasing;
                break;
            case "released":
                cuts[words[1]].State = KnownCutState.Released;
                break;
            case "forgetting":
                cuts[words[1]].State = KnownCutState.Forgetting;
                break;
            case "forgot":
                cuts[words[1]].State = KnownCutState.Forgotten;
                break;
            default:
                break;
        }
    }

    /// <summary>The highest number of a writer's writes that is known to be on stable storage.</summary>
    public int LastKnown(int writer) =>
        Math.Max(synced.Max(s => s[writer]), durable.Where(d => d.Writer == writer).Select(d => d.Number).DefaultIfEmpty().Max());

    /// <summary>Whether a write was on stable storage.</summary>
    public bool IsSynced(PlannedWrite write) =>
        write.Number <= synced[write.Image][write.Writer] || durable.Contains((write.Writer, write.Number));

    private static int[] Numbers(string[] words) => [.. words.Select(Number)];

    private static int Number(string word) => int.Parse(word, CultureInfo.InvariantCulture);
}
