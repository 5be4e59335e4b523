using VdFs.Core;
using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Storage;
using VdFs.FileSystem.Backing;
using VdFs.FileSystem.Nodes;

namespace VdFs.FileSystem.Tree;

/// <summary>Changes of owner, mode and times inside the engine's gate, and what a write, a truncation or an allocation takes away: set-id bits and capabilities.</summary>
/// <remarks>
/// The kernel asks for clearing with each write of a caller without CAP_FSETID, whatever the file's mode. An open file that was found without privileges isn't
/// looked at again until an attribute that could give it some changes. A change is counted after it is made and before it is answered: a writer that read the
/// count before and saw no privileges is under way at the same time as the change, and may come first.
/// </remarks>
internal sealed class AttributeChanges(Engine engine, IBackingDirectory backing, NodeTable nodes)
{
    private const AttributeFields CanGive = AttributeFields.Mode | AttributeFields.Uid | AttributeFields.Gid;

    private int changes;

    private static ReadOnlySpan<byte> Capability => "security.capability"u8;

    /// <summary>All of a change but the size, on behalf of the context's caller.</summary>
    public FsError Apply(OperationContext context, NodeId node, BackingRef file, in AttributeChange change)
    {
        if (!Begin(context, node))
            return FsError.MustWait;
        try
        {
            return backing.SetAttributes(context.Caller, file, change);
        }
        finally
        {
            if ((change.Fields & CanGive) != 0)
                _ = Interlocked.Increment(ref changes);
            context.Worker.LeaveGate();
        }
    }

    /// <summary>Flags on behalf of the context's caller: they move the change time.</summary>
    public FsError ApplyFlags(OperationContext context, NodeId node, BackingRef file, FlagsForm form, ReadOnlySpan<byte> value)
    {
        if (!Begin(context, node))
            return FsError.MustWait;
        try
        {
            return backing.SetFlags(context.Caller, file, form, value);
        }
        finally
        {
            context.Worker.LeaveGate();
        }
    }

    /// <summary>Enters the gate and notes that the file's attributes change. False: the gate is closed.</summary>
    private bool Begin(OperationContext context, NodeId node)
    {
        if (!context.Worker.EnterGate())
            return false;
        engine.Dirty.Note(nodes.KeyOf(node));
        if (engine.Images.TryGet(nodes.KeyOf(node), out Image? image))
            image!.NoteTimes();
        return true;
    }

    /// <summary>An extended attribute was set.</summary>
    public void NoteExtendedAttribute(ReadOnlySpan<byte> name)
    {
        if (name.SequenceEqual(Capability))
            _ = Interlocked.Increment(ref changes);
    }

    /// <summary>Clears privileges before content changes through an open file. Does nothing the second time.</summary>
    public FsError ClearPrivileges(OperationContext context, NodeId node, LiveFile file)
    {
        int seen = Volatile.Read(ref changes);
        if (file.PlainAt == seen)
            return FsError.None;
        using PinnedRef reference = nodes.Pin(node);
        if (reference.IsNone)
            return reference.Error;
        FsError error = Apply(context, node, reference.Reference, new AttributeChange { Fields = AttributeFields.KillPrivileges });
        if (error == FsError.None && file.File.GetAttributes(out FileAttributes attributes) == FsError.None && !attributes.HasSetIds)
            file.PlainAt = seen;
        return error;
    }
}
