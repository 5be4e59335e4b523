using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Tracking;

namespace VdFs.Core.Checking;

/// <summary>The list of change records, and whether they are all there.</summary>
public sealed partial class StateCheck
{
    private const string AllMayBeMissing = "a change record may be missing, which would read as \"nothing changed\": the lineages of all images are broken, and held snapshots are lost";

    private Dictionary<(ImageId Image, long Generation), ListedRecord> listed = [];
    private bool listIsWhole;

    private void ReadRecordList()
    {
        (FsError error, RecordList? list) = Patiently(
            () => (RecordList.Read(state, out RecordList? read), read), r => r.Item1 == FsError.None && r.read!.Problem.Length == 0);
        using (list)
        {
            if (error != FsError.None)
                Fault(StatePaths.RecordList, $"it can't be read ({error})", "VdFs will not mount");
            else if (list!.Found ? list.Problem.Length != 0 : contents.Mounts != 0 && catalog is not null)
                Fault(StatePaths.RecordList, list.Found ? list.Problem : "it is missing", AllMayBeMissing, Rewrites, () => BreakAllLineages("the list of change records was damaged or missing"));
            else if (catalog is not null && list.Mount > contents.Mounts)
                Fault(StatePaths.Catalog, "it is an older copy than the change records", "what it says of them is no longer so: the lineages of all images are broken, and held snapshots are lost", Rewrites, () => BreakAllLineages("the catalog is an older copy than the change records"));
            else
                listIsWhole = list.Found;
            listed = listIsWhole ? list!.Listed(trusted: true) : [];
        }
    }

    private const string Rewrites = "notes the broken lineages and the losses, and writes the list anew";

    /// <summary>After the records were read.</summary>
    private void CheckRecordList()
    {
        foreach ((ImageId id, long generation) in listed.Keys.Where(r => r.Generation <= Current).OrderBy(r => (r.Image.Value, r.Generation)))
        {
            if (!images.TryGetValue(id, out CheckedImage? image) || image.Recorded.Contains(generation) || unrecorded.Contains((id, generation)))
                continue;
            if (options.Live && IsGoneByNow(id, generation))
                continue;
            MissingOrDamaged(image, generation, StatePaths.Record(id, generation), "it is missing", $"the change record of generation {generation} is missing", () => FsError.None);
        }
    }

    private bool IsGoneByNow(ImageId id, long generation)
    {
        if (RecordList.Read(state, out RecordList? now) != FsError.None)
            return false;
        using (now)
            return !now!.Listed(trusted: true).ContainsKey((id, generation));
    }

    /// <summary>A record that nobody relies on any more is no fault.</summary>
    private void MissingOrDamaged(CheckedImage image, long generation, string path, string problem, string reason, Func<FsError> repairFile)
    {
        bool reliedOn = image.Row!.LineageSince <= generation || image.Held.Keys.Any(c => c <= generation);
        if (reliedOn)
            Fault(path, problem, LineageMeaning(image, generation), "notes the broken lineage and the losses, and writes the record and the list of records anew", () => Then(BreakLineage(image, generation, reason), repairFile));
        else
            Note(path, problem, LineageMeaning(image, generation), "writes the record and the list of records anew", repairFile);
    }

    private FsError BreakAllLineages(string reason)
    {
        foreach (CheckedImage image in images.Values)
        {
            FsError error = BreakLineage(image, Current, reason);
            if (error != FsError.None)
                return error;
        }
        return FsError.None;
    }

    /// <summary>After all repairs: what is there now, sealed as far as it was looked at and found to be as it was.</summary>
    private FsError WriteRecordList()
    {
        var entries = new Dictionary<(ImageId Image, long Generation), ListedRecord>();
        foreach (CheckedImage image in images.Values)
        {
            foreach (long generation in image.Recorded.Where(g => g <= Current))
            {
                uint? sum = generation < Current && image.Sums.TryGetValue(generation, out uint there) ? there : null;
                entries[(image.Id, generation)] = new(sum, []);
            }
        }
        foreach ((ImageId Image, long Generation) note in unrecorded.Where(u => images.ContainsKey(u.Image)))
            entries[note] = ListedRecord.Unsealed;
        FsError error = RecordList.Read(state, out RecordList? list);
        using (list)
        {
            if (error == FsError.None && list!.Found)
                error = RemoveWhatever(StatePaths.RecordList);
            return error == FsError.None ? list!.Rewrite(entries, contents.Mounts) : error;
        }
    }
}
