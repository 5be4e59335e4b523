using VdFs.Core.Durability;
using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Storage;

namespace VdFs.Core.Checking;

/// <summary>The log of intents.</summary>
public sealed partial class StateCheck
{
    private void CheckIntents()
    {
        FsError error = state.Open(StatePaths.Intents, StorageOpen.Existing, out IFile? there);
        there?.Dispose();
        if (error == FsError.NotFound)
        {
            // After a clean end nothing is in doubt; a state that was never mounted since intents are kept has none.
            if (!contents.CleanEnd && contents.Mounts != 0)
                Fault(StatePaths.Intents, "it is missing", InDoubt);
            return;
        }
        if (error != FsError.None)
        {
            Fault(StatePaths.Intents, $"it can't be opened ({error})", "VdFs will not mount", "removes it", () => RemoveWhatever(StatePaths.Intents));
            return;
        }
        if (Patiently(AreIntentsWhole, whole => whole))
            return;
        if (contents.CleanEnd && !options.Live)
            Note(StatePaths.Intents, "it is damaged (checksum), or of another version", "nothing: after a clean end nothing is in doubt", "removes it", () => RemoveWhatever(StatePaths.Intents));
        else
            Fault(StatePaths.Intents, "it is damaged (checksum), or of another version", InDoubt, "removes it", () => RemoveWhatever(StatePaths.Intents));
    }

    private const string InDoubt =
        "if the machine stopped meanwhile, which regions are in doubt is not known: then the next mount believes nothing that was kept. If it did not, nothing is lost";

    private bool AreIntentsWhole()
    {
        if (IntentLog.Open(state, out IntentLog? log) != FsError.None)
            return false;
        using (log)
            return log!.WasKept;
    }
}
