namespace VdFs.Core.Tracking;

/// <summary>What the list of records says of one.</summary>
/// <param name="Sum">Of all that it said when it was sealed; null: it isn't.</param>
/// <param name="Sectors">While it isn't sealed: sectors that have at least one bit. Never changed once it is read.</param>
internal sealed record ListedRecord(uint? Sum, IReadOnlyList<long> Sectors)
{
    public static ListedRecord Unsealed { get; } = new(null, []);
}
