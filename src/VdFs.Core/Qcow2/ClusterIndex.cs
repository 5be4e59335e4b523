namespace VdFs.Core.Qcow2;

/// <summary>
/// The clusters of a file by run, with prefix sums: which run holds a cluster, which holds the n-th data cluster, which L2 tables there are and which number
/// each has. 28 bytes a run, whatever the image's size. Runs ascend, don't touch another of their kind, and none is unallocated. Unchangeable.
/// </summary>
internal sealed class ClusterIndex
{
    private const int KindShift = 2;

    private readonly long[] first;
    private readonly long[] countAndKind;

    /// <summary>Data clusters before the run.</summary>
    private readonly long[] dataBefore;

    /// <summary>Number, among the tables that there are, of the one that the run begins in.</summary>
    private readonly int[] tableBase;

    /// <param name="runs">Ascending; neighbours of one kind are joined, unallocated ones left out.</param>
    /// <param name="clusters">Clusters of the image.</param>
    /// <param name="tableShift">Binary logarithm of the clusters that one L2 table speaks of.</param>
    /// <exception cref="ArgumentException">The runs overlap, don't ascend, or leave the image.</exception>
    internal ClusterIndex(IReadOnlyList<ClusterRun> runs, long clusters, int tableShift)
    {
        TableShift = tableShift;
        Runs = CountJoined(runs, clusters);
        first = new long[Runs];
        countAndKind = new long[Runs];
        dataBefore = new long[Runs];
        tableBase = new int[Runs];
        int at = -1;
        for (int i = 0; i < runs.Count; i++)
        {
            ClusterRun run = runs[i];
            if (run.Kind == ClusterKind.Unallocated || run.Count == 0)
                continue;
            if (at >= 0 && Kind(at) == run.Kind && End(at) == run.First)
                countAndKind[at] += run.Count << KindShift;
            else
                (first[++at], countAndKind[at]) = (run.First, (run.Count << KindShift) | (long)run.Kind);
        }
        Sum();
    }

    internal int Runs { get; }

    internal int TableShift { get; }

    internal long DataClusters { get; private set; }

    internal long ZeroClusters { get; private set; }

    /// <summary>How many L2 tables there are: those that speak of at least one cluster.</summary>
    internal long Tables { get; private set; }

    internal long First(int run) => first[run];

    internal long End(int run) => first[run] + (countAndKind[run] >> KindShift);

    internal ClusterKind Kind(int run) => (ClusterKind)(countAndKind[run] & ((1 << KindShift) - 1));

    internal ClusterRun Run(int run) => new(first[run], countAndKind[run] >> KindShift, Kind(run));

    internal long DataBefore(int run) => dataBefore[run];

    /// <summary>The first run that ends behind a cluster: the one that holds it, else the next one; <see cref="Runs"/> if there is none.</summary>
    internal int RunAt(long cluster)
    {
        int run = LastNotAbove(first, cluster);
        return run >= 0 && End(run) > cluster ? run : run + 1;
    }

    /// <summary>The run that holds the data cluster of this number, counted among data clusters; it must be there.</summary>
    internal int RunOfData(long number) => LastNotAbove(dataBefore, number);

    /// <summary>The first table at or after one that there is, and its number among those; -1 if there is none.</summary>
    internal long TableFrom(long table, out long number)
    {
        int run = RunAt(table << TableShift);
        number = 0;
        if (run == Runs)
            return -1;
        long begin = first[run] >> TableShift;
        long found = Math.Max(table, begin);
        number = tableBase[run] + (found - begin);
        return found;
    }

    /// <summary>The table that has this number among those that there are.</summary>
    internal long TableOfNumber(long number)
    {
        int low = 0;
        int high = Runs - 1;
        while (low < high)
        {
            int middle = low + ((high - low + 1) >> 1);
            if (tableBase[middle] <= number)
                low = middle;
            else
                high = middle - 1;
        }
        return (first[low] >> TableShift) + (number - tableBase[low]);
    }

    private void Sum()
    {
        long lastTable = -1;
        for (int i = 0; i < Runs; i++)
        {
            dataBefore[i] = DataClusters;
            long count = countAndKind[i] >> KindShift;
            if (Kind(i) == ClusterKind.Data)
                DataClusters += count;
            else
                ZeroClusters += count;
            long begin = first[i] >> TableShift;
            long end = (End(i) - 1) >> TableShift;
            tableBase[i] = (int)(begin == lastTable ? Tables - 1 : Tables);
            Tables = tableBase[i] + (end - begin) + 1;
            lastTable = end;
        }
    }

    private static int CountJoined(IReadOnlyList<ClusterRun> runs, long clusters)
    {
        int joined = 0;
        long end = 0;
        long runEnd = -1;
        ClusterKind kind = ClusterKind.Unallocated;
        for (int i = 0; i < runs.Count; i++)
        {
            ClusterRun run = runs[i];
            if (run.Count < 0 || run.First < end || run.First > clusters || run.Count > clusters - run.First || run.Kind is < ClusterKind.Unallocated or > ClusterKind.Zero)
                throw new ArgumentException($"run {i} ({run}) doesn't follow those before it inside of an image of {clusters} clusters", nameof(runs));
            end = run.End;
            if (run.Kind == ClusterKind.Unallocated || run.Count == 0)
                continue;
            if (run.First != runEnd || run.Kind != kind)
                joined++;
            (runEnd, kind) = (run.End, run.Kind);
        }
        return joined;
    }

    /// <summary>The last place whose value is at most this one; -1 if there is none.</summary>
    private static int LastNotAbove(long[] values, long value)
    {
        int low = 0;
        int high = values.Length;
        while (low < high)
        {
            int middle = low + ((high - low) >> 1);
            if (values[middle] <= value)
                low = middle + 1;
            else
                high = middle;
        }
        return low - 1;
    }
}
