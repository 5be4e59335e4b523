using VdFs.Core.Catalog;
using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Tracking;

namespace VdFs.Core;

/// <summary>At start: whether all change records are there that should be. See <see cref="RecordList"/>.</summary>
public sealed partial class Engine
{
    /// <summary>
    /// After a power cut was dealt with: records that were made again, or added to, are theirs that the intents name, and no list could speak of them. Ends with a list that is whole, and
    /// what every record is expected to say when it is looked at.
    /// </summary>
    private void CheckRecordList(CatalogContents contents, bool trusted)
    {
        RecordList list = host.Records;
        Dictionary<(ImageId Image, long Generation), ListedRecord> listed = list.Listed(trusted);
        if (ProblemOf(list, contents, trusted) is { Length: > 0 } problem)
            Distrust([.. Images.All], problem);
        else
            DistrustIncomplete(listed);

        var now = new Dictionary<(ImageId Image, long Generation), ListedRecord>();
        foreach (Image image in Images.All)
        {
            foreach (ImageGeneration generation in image.Generations.Where(g => g.HasFile))
            {
                bool known = listed.TryGetValue((image.Id, generation.Number), out ListedRecord? record);
                if (record is null || generation.IsDoubted)
                    record = ListedRecord.Unsealed;
                if (known)
                    generation.Expect(record, sealStays: generation.Number != host.Generation);
                else
                    Require(generation.Finish(), "a change record can't be completed");
                // The current one is written to again: its seal is off before that, and its sectors stand in for it.
                if (generation.Number == host.Generation && record.Sum is not null)
                    generation.Expect(record = new(null, generation.ReadSectors()), sealStays: false);
                now[(image.Id, generation.Number)] = record;
            }
        }
        // What a killed daemon made and didn't sync is there, and may not survive a power cut.
        FsError error = list.Rewrite(now, contents.Mounts, contents.CleanEnd ? null : list.Stable());
        if (error is FsError.NoSpace or FsError.QuotaExceeded)
        {
            list.GoOn();
            host.Log(new(true, "there is no room for a new list of change records: the former one is kept, and images that are written now may be taken for damaged at the next mount, with a full backup next time. Make room in the state directory, and mount again."));
        }
        else
        {
            Require(error, "the list of change records can't be written");
        }
    }

    /// <summary>A state directory of a version that kept no list has none, and no mount is counted in its catalog.</summary>
    private static string ProblemOf(RecordList list, CatalogContents contents, bool trusted) =>
        !list.Found ? contents.Mounts == 0 ? "" : "the list of change records is missing, so that one of them may be missing too"
        : list.Problem.Length != 0 && (trusted || !list.IsOnlyTorn) ? $"the list of change records can't be trusted ({list.Problem}), so that one of them may be missing"
        : list.Mount > contents.Mounts ? "the catalog is an older copy than the change records"
        : "";

    private void DistrustIncomplete(Dictionary<(ImageId Image, long Generation), ListedRecord> listed)
    {
        foreach (IGrouping<ImageId, long> missing in listed.Keys
            .Where(r => r.Generation <= host.Generation && Images.Find(r.Image) is { } image && IsMissed(image, r.Generation))
            .GroupBy(r => r.Image, r => r.Generation))
        {
            Distrust([Images.Find(missing.Key)!], $"the change record of generation {missing.Min()} is missing");
        }
    }

    /// <summary>One from before a break of the lineage that is known, and that no snapshot looks into, breaks nothing once more.</summary>
    private static bool IsMissed(Image image, long generation) =>
        image.Generations.All(g => g.Number != generation) && (generation >= image.LineageSince || image.HoldsUpTo(generation));
}
