using VdFs.Core.Errors;
using VdFs.Core.Storage;

namespace VdFs.FileSystem.Journal;

/// <summary>
/// The request that a thread is at, as the journal has it. Without a journal (or for requests that may be repeated) all of this does nothing.
/// </summary>
public sealed unsafe class JournaledRequest(RequestJournal? journal)
{
    private int slot = -1;
    private ulong request;

    /// <summary>What a former worker wrote down about this request; <see cref="JournalState.None"/>: it is new, or was not begun.</summary>
    public JournalState Former { get; private set; }

    /// <summary>The former worker's outcome, if it is <see cref="JournalState.Done"/>.</summary>
    public FsError Outcome => (FsError)journal!.At(slot)->Error;

    /// <summary>What stood at the name before the change; default: nothing.</summary>
    public FileKey First => journal!.At(slot)->First;

    /// <summary>What stood at the new name.</summary>
    public FileKey Second => journal!.At(slot)->Second;

    public long Number => journal!.At(slot)->Number;

    /// <summary>Comes before each request.</summary>
    /// <param name="number">The kernel's number of it, without the mark of those that are sent again.</param>
    /// <param name="again">It was sent to a former worker too.</param>
    public void Start(ulong number, bool again)
    {
        request = number;
        if (slot >= 0)
            Answered();
        if (!again || journal is null)
            return;
        slot = journal.Take(number);
        if (slot >= 0)
            Former = (JournalState)Volatile.Read(ref journal.At(slot)->State);
    }

    /// <summary>Whether a former worker began with just this.</summary>
    public bool Did(JournalOperation operation) => Former != JournalState.None && journal!.At(slot)->Operation == (int)operation;

    /// <summary>Writes down what is there before the change, which may be made from here on. What a former worker wrote down stays: it was there before.</summary>
    public void Begin(JournalOperation operation, FileKey first = default, FileKey second = default, long number = 0)
    {
        if (!TryFill(operation, first, second, number, out JournalSlot* filled))
            return;
        filled->OldLength = filled->NewLength = 0;
        Volatile.Write(ref filled->State, (int)JournalState.Begun);
    }

    /// <summary>The same for a rename, with the names, since nodes are found by them.</summary>
    public void BeginRename(FileKey moved, FileKey displaced, ulong oldParent, ReadOnlySpan<byte> oldName, ulong newParent, ReadOnlySpan<byte> newName)
    {
        if (!TryFill(JournalOperation.Rename, moved, displaced, 0, out JournalSlot* filled))
            return;
        filled->OldParent = oldParent;
        filled->NewParent = newParent;
        filled->OldLength = oldName.Length;
        filled->NewLength = newName.Length;
        oldName.CopyTo(new Span<byte>(filled->OldName, JournalSlot.MaxName));
        newName.CopyTo(new Span<byte>(filled->NewName, JournalSlot.MaxName));
        Volatile.Write(ref filled->State, (int)JournalState.Begun);
    }

    /// <summary>Writes down the outcome, before the answer goes out, and gives it back.</summary>
    public FsError End(FsError error)
    {
        if (slot < 0)
            return error;
        JournalSlot* mine = journal!.At(slot);
        if (mine->State != (int)JournalState.Begun)
            return error;
        mine->Error = (int)error;
        Volatile.Write(ref mine->State, (int)JournalState.Done);
        return error;
    }

    /// <summary>The kernel took the answer, or nobody waits for it: it will not be asked for again.</summary>
    public void Answered()
    {
        if (slot < 0)
            return;
        journal!.Free(slot);
        slot = -1;
        Former = JournalState.None;
    }

    /// <summary>It had no effect yet, and another thread goes on with it.</summary>
    public void Postpone()
    {
        if (slot < 0)
            return;
        if (Former == JournalState.None)
            journal!.Free(slot);
        else
            journal!.PutBack(slot);
        slot = -1;
        Former = JournalState.None;
    }

    private bool TryFill(JournalOperation operation, FileKey first, FileKey second, long number, out JournalSlot* filled)
    {
        filled = null;
        if (journal is null || Former != JournalState.None)
            return false;
        if (slot < 0)
            slot = journal.Take();
        if (slot < 0)
            return false;
        filled = journal.At(slot);
        Volatile.Write(ref filled->State, (int)JournalState.None);
        filled->Operation = (int)operation;
        filled->Request = request;
        filled->FirstDevice = first.Device;
        filled->FirstInode = first.Inode;
        filled->SecondDevice = second.Device;
        filled->SecondInode = second.Inode;
        filled->Number = number;
        return true;
    }
}
