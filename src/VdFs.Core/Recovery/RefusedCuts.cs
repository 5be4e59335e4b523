using VdFs.Core.Catalog;
using VdFs.Core.Snapshots;

namespace VdFs.Core.Recovery;

/// <summary>Drops a cut whose commit had failed, and was told to have, and came back (<see cref="IRefusalMemory"/>).</summary>
/// <remarks>
/// What must hold: this is the first that a start commits. Until then only memory knows of the refusal, and whatever ends a start earlier, be it for good, or the power of the machine,
/// brings the cut back. The memory is cleared after the commit, and the commit is one: half of it, with the cut gone, would be taken for the whole by the next start.
/// </remarks>
internal static class RefusedCuts
{
    /// <exception cref="CatalogException">It may still be there, and is remembered.</exception>
    public static void Drop(ICatalog catalog, IRefusalMemory memory, Action<EngineEvent> log)
    {
        if (memory.Refused is not { } refused)
            return;
        IReadOnlyList<CatalogCut> cuts = catalog.Load().Cuts;
        if (cuts.FirstOrDefault(c => c.CutId.AsSpan().SequenceEqual(refused.CutId)) is { State: not CutState.Pending } cut)
        {
            catalog.Remove(cut.Number, NamesToGiveBack(cuts, cut, refused.Renamed));
            log(new(false, $"snapshot '{cut.Name}', which could not be made, is dropped"));
        }
        memory.Refused = null;
    }

    /// <summary>Checkpoints get the names again that the cut had taken from them: NAME~1 becomes NAME, NAME~2 becomes NAME~1, and so on.</summary>
    private static (long Cut, string Name)[] NamesToGiveBack(IReadOnlyList<CatalogCut> cuts, CatalogCut refused, int renamed) =>
        [.. Enumerable.Range(1, renamed).SelectMany(number => cuts
            .Where(c => c.State != CutState.Pending && c.Name == $"{refused.Name}~{number}")
            .Select(c => (c.Number, number == 1 ? refused.Name : $"{refused.Name}~{number - 1}")))];
}
