using VdFs.Core.Durability;
using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Space;
using VdFs.Core.Storage;

namespace VdFs.Core.Checking;

/// <summary>What may not be on stable storage, and what is known only as "all changed".</summary>
public sealed partial class StateCheck
{
    private void CheckIntents()
    {
        // Opening it as a mount does would make it.
        FsError error = state.Open(StatePaths.Intents, StorageOpen.Existing, out IFile? there);
        there?.Dispose();
        if (error == FsError.NotFound && contents.Mounts == 0)
            return;
        IntentLog? log = null;
        if (error == FsError.None)
            (error, log) = Patiently(() => (IntentLog.Open(state, out IntentLog? read), read), r => r.Item1 == FsError.None && r.read!.WasKept);
        using (log)
        {
            if (error != FsError.None || !log!.WasKept)
            {
                Fault(
                    StatePaths.Intents, error == FsError.NotFound ? "it is missing" : error != FsError.None ? $"it can't be read ({error})" : "it is damaged (checksum or length)",
                    "should the machine have stopped while images were mounted, nothing that is kept would be believed; otherwise the next mount makes it anew");
            }
        }
    }

    private void CheckNotes()
    {
        FsError error = UnrecordedTable.Read(state, out UnrecordedTable? table);
        using (table)
        {
            if (error != FsError.None)
                Fault(StatePaths.Unrecorded, $"it can't be read ({error})", "VdFs will not mount");
            else if (table is { Damaged: > 0 })
                Fault(StatePaths.Unrecorded, $"{table.Damaged} of its notes are damaged (checksum)", "each may say of any image that all of it changed: the lineages of all images are broken, and held snapshots are lost", Rewrites, () => BreakAllLineages("the notes of images without change records were damaged"));
        }
    }
}
