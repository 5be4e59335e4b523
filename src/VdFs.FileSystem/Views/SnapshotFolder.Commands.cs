using System.Text;
using VdFs.Core.Errors;
using VdFs.Core.Inodes;
using VdFs.Core.Snapshots;
using VdFs.FileSystem.Journal;
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
        if (!IsDone(context, before => engine.Snapshots.FindHeld(text)?.Number > before, Newest(), out FsError error))
            error = context.Request.End(Told($"mkdir .snapshots/{text}", engine.Create(text)));
        return error == FsError.None ? Lookup(context, parent, name, out entry) : error;
    }

    public FsError RemoveDirectory(OperationContext context, NodeId parent, ReadOnlySpan<byte> name)
    {
        bool checkpoint = parent == SnapshotNode.Checkpoints;
        if (!checkpoint && parent != SnapshotNode.Folder)
            return Refusal(parent);
        if (!checkpoint && (name.SequenceEqual(SnapshotNode.CheckpointsName) || DeltaFolder.IsName(name)))
            return FsError.NotPermitted;
        if (!context.Worker.MayWait)
            return FsError.MustWait;
        string text = Encoding.UTF8.GetString(name);
        Snapshot? Find() => checkpoint ? engine.Snapshots.FindCheckpoint(text) : engine.Snapshots.FindHeld(text);
        if (IsDone(context, before => before != 0 && Find()?.Number != before, Find()?.Number ?? 0, out FsError error))
            return error;
        if (Find() is not null && FindWalker(context, checkpoint) is { } walker)
            return context.Request.End(Told($"rmdir .snapshots/{(checkpoint ? ".checkpoints/" : "")}{text}", Outcome.Failed(FsError.Busy, walker)));
        return context.Request.End(checkpoint
            ? Told($"rmdir .snapshots/.checkpoints/{text}", engine.ForgetCheckpoint(text))
            : Told($"rmdir .snapshots/{text}", engine.Release(text)));
    }

    public FsError Rename(OperationContext context, NodeId parent, ReadOnlySpan<byte> name, NodeId newParent, ReadOnlySpan<byte> newName, RenameMode mode)
    {
        if (SnapshotNode.CutOf(parent) != 0 || SnapshotNode.CutOf(newParent) != 0)
            return SnapshotNode.CutOf(parent) != 0 ? Refusal(parent) : Refusal(newParent);
        if (parent != newParent || DeltaFolder.IsName(name) || name.SequenceEqual(SnapshotNode.CheckpointsName) || newName.SequenceEqual(SnapshotNode.CheckpointsName))
            return FsError.NotPermitted;
        if ((mode & ~RenameMode.NoReplace) != 0)
            return FsError.InvalidArgument;
        if (!context.Worker.MayWait)
            return FsError.MustWait;
        string from = Encoding.UTF8.GetString(name);
        string to = Encoding.UTF8.GetString(newName);
        bool held = parent == SnapshotNode.Folder;
        Snapshot? Find(string called) => held ? engine.Snapshots.FindHeld(called) : engine.Snapshots.FindCheckpoint(called);
        if (IsDone(context, before => before != 0 && Find(to)?.Number == before, Find(from)?.Number ?? 0, out FsError error))
            return error;
        if (Find(from) is null)
            return FsError.NotFound;
        return context.Request.End(Told($"mv .snapshots/{(held ? "" : ".checkpoints/")}{from} {to}", engine.Rename(from, to)));
    }

    /// <summary>
    /// Why the removal of a snapshot or checkpoint is not meant: the client has the folder that it is in open, or one below, as tools have that remove a whole tree and come by. They don't stop at what they
    /// can't remove inside a view, and the folder of it is a command.
    /// </summary>
    private string? FindWalker(OperationContext context, bool checkpoint)
    {
        string? holder = options.OpenFolders?.FindHolder(context.Caller, inode => IsFolderBelow(inode, checkpoint));
        string kind = checkpoint ? "checkpoint" : "snapshot";
        return holder is null ? null
            : $"refused, since {holder} has {(checkpoint ? ".checkpoints" : ".snapshots")} or a folder below it open, as tools have that remove whole trees, and a {kind} is not to go with one; if it is meant, remove it by its name alone: `rmdir`, or `vdfs snapshot {(checkpoint ? "delete" : "release")}`";
    }

    /// <summary>Whether an inode number is that of `.snapshots` (or `.checkpoints`) or of something below, also of what was released since it was opened.</summary>
    private bool IsFolderBelow(ulong inode, bool checkpoint) =>
        checkpoint ? inode == InodePool.CheckpointsFolder || engine.Snapshots.All.Any(s => !s.Held && s.FolderInode == inode) : InodePool.IsOwn(inode) && !engine.LiveInodes.Has(inode);

    /// <summary>Whether a former worker did this command, and with which outcome. If not, the number that will tell is written down, and it may be done.</summary>
    private static bool IsDone(OperationContext context, Func<long, bool> tookEffect, long before, out FsError outcome)
    {
        JournaledRequest request = context.Request;
        outcome = FsError.None;
        if (!request.Did(JournalOperation.Snapshot))
        {
            request.Begin(JournalOperation.Snapshot, number: before);
            return false;
        }
        if (request.Former != JournalState.Done)
            return tookEffect(request.Number);
        outcome = request.Outcome;
        return true;
    }

    /// <summary>Number of the newest cut that is known: a cut under way gets a higher one.</summary>
    private long Newest() => engine.Snapshots.All is [.., var last] ? last.Number : 0;

    private FsError Told(string command, Outcome outcome)
    {
        if (!outcome.Succeeded)
            options.Log($"{command}: {outcome.Message}");
        return outcome.Error;
    }
}
