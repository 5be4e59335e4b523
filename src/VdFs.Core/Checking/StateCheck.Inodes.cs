using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Inodes;
using VdFs.Core.Storage;

namespace VdFs.Core.Checking;

/// <summary>Inode numbers of live files. Nothing depends on them but programs that remember them.</summary>
public sealed partial class StateCheck
{
    private void CheckInodes()
    {
        FsError error = state.Open(StatePaths.Inodes, StorageOpen.Existing, out IFile? file);
        if (error == FsError.NotFound)
            return;
        string problem = "";
        if (error == FsError.None)
        {
            using (file)
                problem = Patiently(() => LiveInodes.ReadAll(file!, out _, out string found) is var failed && failed != FsError.None ? $"it can't be read ({failed})" : found, p => p.Length == 0);
        }
        else
        {
            Fault(StatePaths.Inodes, $"it can't be opened ({error})", "VdFs will not mount", "removes it", () => RemoveWhatever(StatePaths.Inodes));
        }
        if (problem.Length != 0)
            Note(StatePaths.Inodes, problem, "some live files get other inode numbers at the next mount; nothing else depends on it", "removes it", () => RemoveWhatever(StatePaths.Inodes));
    }
}
