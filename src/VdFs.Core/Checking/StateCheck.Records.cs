using VdFs.Core.Catalog;
using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Storage;
using VdFs.Core.Tracking;

namespace VdFs.Core.Checking;

/// <summary>Every change record: its header, every sector's sum, whose it is.</summary>
public sealed partial class StateCheck
{
    private void CheckRecords()
    {
        foreach (string folder in List(state, StatePaths.Records, StatePaths.Records + "/"))
        {
            string place = $"{StatePaths.Records}/{folder}";
            ImageId id = StatePaths.ImageOf(folder);
            if (id == ImageId.None)
            {
                Foreign(place);
                continue;
            }
            foreach (string file in List(state, place, place + "/"))
            {
                options.Cancellation.ThrowIfCancellationRequested();
                long generation = StatePaths.GenerationOf(file, StatePaths.RecordSuffix);
                if (generation < 0)
                    Foreign($"{place}/{file}");
                else
                    CheckRecord(id, generation, $"{place}/{file}");
            }
        }
    }

    private void CheckRecord(ImageId id, long generation, string path)
    {
        (FsError error, string problem) = Patiently(() => ReadRecord(id, generation, path), r => r.Problem.Length == 0);
        if (options.Live && error == FsError.NotFound)
            return; // Joined or dropped meanwhile.
        records++;
        if (!images.TryGetValue(id, out CheckedImage? image))
        {
            CheckUnknown(id, path, problem);
            return;
        }
        image.Recorded.Add(generation);
        if (generation > Current && !options.Live)
        {
            Fault(path, $"it is newer than the catalog, which has come to generation {Current}", $"the catalog is an older copy: {LineageMeaning(image, generation)}",
                "removes it and notes the broken lineage", () => Then(BreakLineage(image, generation, "its change records are newer than the catalog"), () => RemoveWhatever(path)));
        }
        else if (problem.Length != 0)
        {
            MissingOrDamaged(image, generation, path, problem, $"the change record of generation {generation} was damaged: {problem}", () => ReplaceRecord(image, generation, path));
        }
    }

    /// <summary>Normal for an image that was first written after the last cut; nothing else.</summary>
    private void CheckUnknown(ImageId id, string path, string problem)
    {
        if (options.Live || catalog is null)
            return;
        if (IsEmpty(path))
            Note(path, "it is empty, and the catalog doesn't know its image", "VdFs was killed when it had only made it; the next mount removes it", "removes it", () => RemoveWhatever(path));
        else if (problem.Length == 0)
            Note(path, $"the catalog doesn't know image {id} yet", "it was first written after the last cut before VdFs was killed, or the catalog is an older copy; the next mount recognises it by this record");
        else
            Fault(path, problem, "it belongs to no image that is known, so nothing is lost with it", "removes it", () => RemoveWhatever(path));
    }

    private bool IsEmpty(string path)
    {
        if (state.Open(path, StorageOpen.Existing, out IFile? file) != FsError.None)
            return false;
        using (file)
            return file!.GetLength(out long length) == FsError.None && length == 0;
    }

    private (FsError Error, string Problem) ReadRecord(ImageId id, long generation, string path)
    {
        FsError error = state.Open(path, StorageOpen.Existing, out IFile? file);
        if (error != FsError.None)
            return (error, $"it can't be opened ({error})");
        if (file!.GetLength(out long length) == FsError.None && length == 0)
        {
            file.Dispose();
            return listed.ContainsKey((id, generation)) ? (FsError.Io, "it is empty") : (FsError.None, "");
        }
        error = ChangeRecord.Load(file, null, out ChangeRecord? record, out string damage);
        using (record)
        {
            if (record is null)
                return (error, damage.Length != 0 ? damage : $"it can't be read ({error})");
            if (record.Header.Image != id || record.Header.Generation != generation)
                return (FsError.Io, $"it is the record of image {record.Header.Image}, generation {record.Header.Generation}");
            if (record.Header.Identity is var found && images.TryGetValue(id, out CheckedImage? image) && image.Row!.Identity != found)
                return (FsError.Io, "it is the record of another file than the catalog knows the image as");
            if (damage.Length == 0 && listed.TryGetValue((id, generation), out ListedRecord? said) && record.Lacks(said) is { Length: > 0 } lacks && !(options.Live && WasResealed(id, generation, record)))
                return (FsError.Io, lacks);
            if (damage.Length == 0 && images.TryGetValue(id, out image))
                image.Sums[generation] = record.Sum();
            return (FsError.None, damage);
        }
    }

    /// <summary>Another record was joined to it, or its generation was closed only now.</summary>
    private bool WasResealed(ImageId id, long generation, ChangeRecord record)
    {
        if (RecordList.Read(state, out RecordList? now) != FsError.None)
            return false;
        using (now)
        {
            listed = now!.Listed(trusted: true);
            return !listed.TryGetValue((id, generation), out ListedRecord? said) || record.Lacks(said).Length == 0;
        }
    }

    private string LineageMeaning(CheckedImage image, long generation)
    {
        long[] lost = [.. image.Held.Keys];
        string snapshots = lost.Length == 0 ? "" : $"; it is lost in the snapshots {string.Join(", ", lost.Select(NameOfCut))}";
        return image.Row!.LineageSince > generation
            ? $"nothing: the lineage of {Name(image.Id)} is broken since already"
            : $"the lineage of {Name(image.Id)} is broken, so the next backup of it is a full one{snapshots}";
    }
}
