using VdFs.Core.Catalog;
using VdFs.Core.Deltas;
using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Storage;

namespace VdFs.Core.Checking;

/// <summary>Deltas that were looked at, and how their images are laid out. Nothing depends on a layout but who is reading it: one that is damaged is made anew.</summary>
public sealed partial class StateCheck
{
    private void CheckDeltas()
    {
        if (catalog is null)
            return;
        var held = new HashSet<long>(contents.Cuts.Where(c => c.State == CutState.Held).Select(c => c.Number));
        foreach (CatalogDelta delta in contents.Deltas.Where(d => !held.Contains(d.Newer)))
            Note($"{StatePaths.Catalog}, delta {delta.Number}", $"its newer cut, {delta.Newer}, is not held", "nothing: it is not shown");
        var known = new HashSet<long>(contents.Deltas.Where(d => held.Contains(d.Newer)).Select(d => d.Number));
        foreach (string folder in List(state, StatePaths.Deltas, $"{StatePaths.Deltas}/"))
        {
            long number = StatePaths.DeltaOf(folder);
            if (number < 0)
                Foreign($"{StatePaths.Deltas}/{folder}");
            else
                CheckDelta(number, known.Contains(number));
        }
    }

    private void CheckDelta(long number, bool known)
    {
        string folder = StatePaths.DeltaFolder(number);
        if (!known && !options.Live)
        {
            Note($"{folder}/", "no held snapshot has this delta", "it takes room; the next mount removes it", "removes it", () => RemoveDelta(number));
            return;
        }
        foreach (string file in List(state, folder, $"{folder}/"))
        {
            options.Cancellation.ThrowIfCancellationRequested();
            string path = $"{folder}/{file}";
            if (!int.TryParse(file, System.Globalization.NumberStyles.None, null, out int index) || path != StatePaths.DeltaLayout(number, index))
            {
                if (!file.EndsWith(DeltaStore.New, StringComparison.Ordinal))
                    Foreign(path);
                else if (!options.Live)
                    Note(path, "it was being written when VdFs ended", "nothing", "removes it", () => RemoveWhatever(path));
                continue;
            }
            string problem = DeltaStore.ReadAll(state, path) is { } bytes ? DeltaImageFormat.Check(bytes) : IsThere(path) ? "it can't be read" : "";
            if (problem.Length != 0)
                Note(path, problem, "the delta's file is laid out anew when it is looked at; a copy that was under way can't go on", "removes it", () => RemoveWhatever(path));
        }
    }

    private bool IsThere(string path)
    {
        FsError error = state.Open(path, StorageOpen.Existing, out IFile? file);
        file?.Dispose();
        return error != FsError.NotFound;
    }

    private FsError RemoveDelta(long number)
    {
        new DeltaStore(state).Remove(number);
        var left = new List<string>();
        return state.List(StatePaths.DeltaFolder(number), left) == FsError.NotFound ? FsError.None : FsError.DirectoryNotEmpty;
    }
}
