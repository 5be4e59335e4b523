using System.Text;
using VdFs.Core.Errors;
using VdFs.FileSystem.Tree;

namespace VdFs.FileSystem.Views;

/// <summary>mkdir cuts, rmdir releases or forgets, mv renames.</summary>
internal sealed partial class SnapshotFolder
{
    public FsError MakeDirectory(OperationContext context, NodeId parent, ReadOnlySpan<byte> name, out Entry entry)
    {
        entry = default;
        if (parent != SnapshotNode.Folder)
            return Refusal(parent);
        if (name.SequenceEqual(SnapshotNode.CheckpointsName))
            return FsError.AlreadyExists;
        if (!context.Worker.MayWait)
            return FsError.MustWait;
        string text = Encoding.UTF8.GetString(name);
        FsError error = Told($"mkdir .snapshots/{text}", engine.Create(text));
        return error == FsError.None ? Lookup(parent, name, out entry) : error;
    }

    public FsError RemoveDirectory(OperationContext context, NodeId parent, ReadOnlySpan<byte> name)
    {
        bool checkpoint = parent == SnapshotNode.Checkpoints;
        if (!checkpoint && parent != SnapshotNode.Folder)
            return Refusal(parent);
        if (!checkpoint && name.SequenceEqual(SnapshotNode.CheckpointsName))
            return FsError.NotPermitted;
        if (!context.Worker.MayWait)
            return FsError.MustWait;
        string text = Encoding.UTF8.GetString(name);
        return checkpoint
            ? Told($"rmdir .snapshots/.checkpoints/{text}", engine.ForgetCheckpoint(text))
            : Told($"rmdir .snapshots/{text}", engine.Release(text));
    }

    public FsError Rename(OperationContext context, NodeId parent, ReadOnlySpan<byte> name, NodeId newParent, ReadOnlySpan<byte> newName, RenameMode mode)
    {
        if (SnapshotNode.CutOf(parent) != 0 || SnapshotNode.CutOf(newParent) != 0)
            return SnapshotNode.CutOf(parent) != 0 ? Refusal(parent) : Refusal(newParent);
        if (parent != newParent || name.SequenceEqual(SnapshotNode.CheckpointsName) || newName.SequenceEqual(SnapshotNode.CheckpointsName))
            return FsError.NotPermitted;
        if ((mode & ~RenameMode.NoReplace) != 0)
            return FsError.InvalidArgument;
        if (!context.Worker.MayWait)
            return FsError.MustWait;
        string from = Encoding.UTF8.GetString(name);
        string to = Encoding.UTF8.GetString(newName);
        bool held = parent == SnapshotNode.Folder;
        if ((held ? engine.Snapshots.FindHeld(from) : engine.Snapshots.FindCheckpoint(from)) is null)
            return FsError.NotFound;
        return Told($"mv .snapshots/{(held ? "" : ".checkpoints/")}{from} {to}", engine.Rename(from, to));
    }

    private FsError Told(string command, Outcome outcome)
    {
        if (!outcome.Succeeded)
            options.Log($"{command}: {outcome.Message}");
        return outcome.Error;
    }
}
