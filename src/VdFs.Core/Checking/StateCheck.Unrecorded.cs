using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Space;
using VdFs.Core.Storage;

namespace VdFs.Core.Checking;

/// <summary>Notes of images that had no room for a change record.</summary>
public sealed partial class StateCheck
{
    private readonly HashSet<(ImageId Image, long Generation)> unrecorded = [];

    private void CheckUnrecorded()
    {
        FsError reserve = state.Open(StateReserve.Path, StorageOpen.Existing, out IFile? room);
        room?.Dispose();
        if (reserve is not (FsError.None or FsError.NotFound))
            Fault(StateReserve.Path, $"it can't be opened ({reserve})", "VdFs will not mount", "removes it", () => RemoveWhatever(StateReserve.Path));
        FsError error = state.Open(StatePaths.Unrecorded, StorageOpen.Existing, out IFile? file);
        if (error == FsError.NotFound)
            return;
        long length = 0;
        if (error == FsError.None)
        {
            using (file)
                error = file!.GetLength(out length);
        }
        if (error != FsError.None)
        {
            Fault(StatePaths.Unrecorded, $"it can't be opened ({error})", "VdFs will not mount", "removes it", () => RemoveWhatever(StatePaths.Unrecorded));
            return;
        }
        // Opening makes it longer, which is not for a check to do.
        if (length < UnrecordedTable.Slots * UnrecordedTable.SlotSize)
        {
            Note(StatePaths.Unrecorded, "it is shorter than it was made", "notes that are missing are told by the list of change records");
            return;
        }
        if (UnrecordedTable.Open(state, out UnrecordedTable? table) != FsError.None)
            return;
        using (table)
        {
            unrecorded.UnionWith(table!.Notes);
            if (table.Damaged != 0)
                Fault(StatePaths.Unrecorded, $"{table.Damaged} of its notes are damaged (checksum)", AllMayBeMissing, "notes the broken lineages and the losses, and removes it",
                    () => Then(BreakAllLineages("the notes of images without change records are damaged"), () => RemoveWhatever(StatePaths.Unrecorded)));
        }
    }

    /// <summary>Of such a generation no pre-images are kept from the note on.</summary>
    private void CheckUnrecordedOf(CheckedImage image)
    {
        foreach ((_, long generation) in unrecorded.Where(u => u.Image == image.Id && u.Generation <= Current))
        {
            foreach (long cut in image.Held.Keys.Where(c => c <= generation))
                Lose(cut, image.Id, StatePaths.Unrecorded, $"there was no room for a change record of {Name(image.Id)}, so that all of it counts as changed", "its changes could not be recorded block by block");
        }
    }
}
