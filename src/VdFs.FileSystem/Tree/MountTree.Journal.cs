using VdFs.Core.Errors;
using VdFs.Core.Storage;
using VdFs.FileSystem.Backing;
using VdFs.FileSystem.Journal;

namespace VdFs.FileSystem.Tree;

/// <content>
/// Requests that the kernel sends again, because a former worker died with them: recognised by the journal and by what the backing directory shows. Each of
/// these answers whether the request is done already, and with which outcome; if not, it writes down what is there, and the change may be made.
/// </content>
public sealed unsafe partial class MountTree
{
    /// <summary>Takes a reference that a former worker had kept; it is the tree's from here on.</summary>
    public void Adopt(NodeId node, BackingRef reference) => nodes.Adopt(node, reference);

    /// <summary>For what makes a name.</summary>
    private bool IsMade(OperationContext context, BackingRef folder, ReadOnlySpan<byte> name, out FsError outcome)
    {
        JournaledRequest request = context.Request;
        outcome = FsError.None;
        if (request.Did(JournalOperation.Make))
        {
            if (request.Former == JournalState.Done)
            {
                outcome = request.Outcome;
                return true;
            }
            return request.First == default && KeyOf(folder, name) != default;
        }
        if (options.Journal is not null)
            request.Begin(JournalOperation.Make, first: KeyOf(folder, name));
        return false;
    }

    /// <summary>For what takes a name away.</summary>
    private bool IsRemoved(OperationContext context, BackingRef folder, ReadOnlySpan<byte> name, out FsError outcome)
    {
        JournaledRequest request = context.Request;
        outcome = FsError.None;
        if (request.Did(JournalOperation.Remove))
        {
            if (request.Former == JournalState.Done)
            {
                outcome = request.Outcome;
                return true;
            }
            return request.First != default && KeyOf(folder, name) != request.First;
        }
        if (options.Journal is not null)
            request.Begin(JournalOperation.Remove, first: KeyOf(folder, name));
        return false;
    }

    private bool IsRenamed(OperationContext context, BackingRef source, ReadOnlySpan<byte> name, BackingRef target, ReadOnlySpan<byte> newName, RenameMode mode, out FsError outcome)
    {
        JournaledRequest request = context.Request;
        outcome = FsError.None;
        if (!request.Did(JournalOperation.Rename))
            return false;
        if (request.Former == JournalState.Done)
        {
            outcome = request.Outcome;
            return true;
        }
        FileKey moved = request.First;
        // Two names of one file: renaming one over the other does nothing, as often as one likes.
        if (moved == default || moved == request.Second || KeyOf(target, newName) != moved)
            return false;
        return (mode & RenameMode.Exchange) == 0 || KeyOf(source, name) == request.Second;
    }

    /// <summary>For what may be done again, but not after others have seen that it was done.</summary>
    private static bool IsChanged(OperationContext context, out FsError outcome)
    {
        JournaledRequest request = context.Request;
        outcome = FsError.None;
        if (request.Did(JournalOperation.Change) && request.Former == JournalState.Done)
        {
            outcome = request.Outcome;
            return true;
        }
        request.Begin(JournalOperation.Change);
        return false;
    }

    private static void EndUnlessItWaits(OperationContext context, FsError error)
    {
        if (error is not (FsError.MustWait or FsError.MustWaitForSpace))
            context.Request.End(error);
    }

    private bool IsAttributeSet(OperationContext context, BackingRef file, ReadOnlySpan<byte> name, JournalOperation operation, out FsError outcome)
    {
        JournaledRequest request = context.Request;
        outcome = FsError.None;
        bool adds = operation == JournalOperation.AddAttribute;
        if (request.Did(operation))
        {
            if (request.Former == JournalState.Done)
            {
                outcome = request.Outcome;
                return true;
            }
            // Number: it was there before.
            return request.Number == (adds ? 0 : 1) && HasAttribute(file, name) == adds;
        }
        if (options.Journal is not null)
            request.Begin(operation, number: HasAttribute(file, name) ? 1 : 0);
        return false;
    }

    /// <summary>
    /// A worker that died after a rename and before it noted where the file is now: requests for that file may come before the rename comes again.
    /// </summary>
    private void FollowRenames()
    {
        if (options.Journal is not { } journal)
            return;
        foreach (int index in journal.Former())
        {
            JournalSlot* slot = journal.At(index);
            if (slot->Operation != (int)JournalOperation.Rename || slot->State != (int)JournalState.Begun)
                continue;
            var oldName = new ReadOnlySpan<byte>(slot->OldName, slot->OldLength);
            var newName = new ReadOnlySpan<byte>(slot->NewName, slot->NewLength);
            using PinnedRef target = nodes.Pin(new NodeId(slot->NewParent));
            if (target.IsNone || slot->First == default || KeyOf(target.Reference, newName) != slot->First)
                continue;
            nodes.Moved(slot->First, new NodeId(slot->NewParent), newName);
            using PinnedRef source = nodes.Pin(new NodeId(slot->OldParent));
            if (!source.IsNone && slot->Second != default && KeyOf(source.Reference, oldName) == slot->Second)
                nodes.Moved(slot->Second, new NodeId(slot->OldParent), oldName);
        }
    }

    /// <summary>Which file a name leads to; default: none.</summary>
    private FileKey KeyOf(BackingRef folder, ReadOnlySpan<byte> name)
    {
        if (backing.Lookup(folder, name, out BackingRef found, out FileAttributes attributes) != FsError.None)
            return default;
        backing.Close(found);
        return attributes.Key;
    }

    private bool HasAttribute(BackingRef file, ReadOnlySpan<byte> name) =>
        backing.GetExtendedAttribute(file, name, [], out _) == FsError.None;
}
