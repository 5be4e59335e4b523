using VdFs.Core.Errors;
using VdFs.Core.Storage;
using VdFs.FileSystem.Backing;
using VdFs.FileSystem.Tree;
using VdFs.Fuse.Native;

namespace VdFs.Fuse.Backing;

/// <content>Files by their handles (name_to_handle_at(2)), which lead to them whatever their names are, and files that are opened again after they were idle.</content>
public sealed unsafe partial class LinuxBackingDirectory
{
    /// <inheritdoc/>
    /// <remarks>It takes CAP_DAC_READ_SEARCH: a user's daemon has no use for handles but comparing them.</remarks>
    public bool OpensHandles { get; }

    /// <inheritdoc/>
    /// <remarks>The handle's type, then its bytes.</remarks>
    public bool TryGetHandle(BackingRef node, Span<byte> handle, out int length)
    {
        length = 0;
        byte empty = 0;
        int mountId;
        FileHandleBuffer buffer = new() { Length = FileHandleBuffer.Capacity };
        if (Libc.name_to_handle_at((int)node.Value, &empty, &buffer, &mountId, Libc.AT_EMPTY_PATH) < 0)
            return false;
        length = sizeof(int) + (int)buffer.Length;
        if (length > handle.Length)
            return false;
        System.Buffers.Binary.BinaryPrimitives.WriteInt32LittleEndian(handle, buffer.Type);
        new ReadOnlySpan<byte>(buffer.Bytes, (int)buffer.Length).CopyTo(handle[sizeof(int)..]);
        return true;
    }

    public FsError OpenHandle(ReadOnlySpan<byte> handle, out BackingRef node, out FileAttributes attributes)
    {
        node = BackingRef.None;
        attributes = default;
        if (!OpensHandles || handle.Length <= sizeof(int) || handle.Length - sizeof(int) > FileHandleBuffer.Capacity)
            return FsError.Stale;
        FileHandleBuffer buffer = new() { Length = (uint)(handle.Length - sizeof(int)), Type = System.Buffers.Binary.BinaryPrimitives.ReadInt32LittleEndian(handle) };
        handle[sizeof(int)..].CopyTo(new Span<byte>(buffer.Bytes, FileHandleBuffer.Capacity));
        FsError error = OpenHandle(&buffer, out int descriptor);
        return error == FsError.None ? Refer(descriptor, out node, out attributes) : error;
    }

    /// <inheritdoc/>
    /// <remarks>Only where the daemon may open whatever its clients could: a user's daemon has files open that it couldn't open again (mode 0400, written by who made them).</remarks>
    public void LetRest(IBackingFile file, INodeFinder nodes, NodeId node, OpenIntent intent)
    {
        if (OpensHandles && DaemonIdentity.IsRoot && file is LinuxFile open)
            open.LetRest(new NodeSource(this, nodes, node, intent.HasFlag(OpenIntent.Write) ? Libc.O_RDWR : Libc.O_RDONLY), pool);
    }

    /// <summary><see cref="FsError.Stale"/> too if handles can't be used here; a want of descriptors is an error of its own.</summary>
    private FsError OpenHandle(FileHandleBuffer* buffer, out int descriptor)
    {
        int tries = 0;
        FsError error;
        do
        {
            descriptor = Libc.open_by_handle_at(root, buffer, Libc.O_PATH | Libc.O_CLOEXEC);
            if (descriptor >= 0)
                return FsError.None;
            error = Libc.LastError;
        }
        while (pool.TryAgain(error, ref tries));
        return error.IsWant() ? error : FsError.Stale;
    }

    private bool CanOpenHandles()
    {
        byte empty = 0;
        int mountId;
        FileHandleBuffer buffer = new() { Length = FileHandleBuffer.Capacity };
        if (Libc.name_to_handle_at(root, &empty, &buffer, &mountId, Libc.AT_EMPTY_PATH) < 0 || OpenHandle(&buffer, out int descriptor) != FsError.None)
            return false;
        _ = Libc.close(descriptor);
        return true;
    }

    /// <summary>A client's file, by its node.</summary>
    private sealed class NodeSource(LinuxBackingDirectory directory, INodeFinder nodes, NodeId node, int flags) : IDescriptorSource
    {
        public FsError Open(out int descriptor)
        {
            descriptor = -1;
            using PinnedRef file = nodes.Pin(node);
            FsError error = file.IsNone ? file.Error : directory.Reopen((int)file.Reference.Value, flags, out descriptor);
            if (error == FsError.None && directory.KeepsFileAccessTimes)
                KeepAccessTime(descriptor);
            return error;
        }
    }
}
