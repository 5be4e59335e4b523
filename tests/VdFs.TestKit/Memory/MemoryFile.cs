using VdFs.Core.Errors;
using VdFs.Core.Storage;

namespace VdFs.TestKit.Memory;

/// <summary>A sparse file in memory, by pages of 4 KiB. Errors can be injected with <see cref="Fault"/>. Views of one file share its pages.</summary>
public sealed class MemoryFile : IBackingFile
{
    private const int Page = 4096;
    private readonly Content content;
    private bool disposed;

    public MemoryFile()
        : this(new MemoryRoom())
    {
    }

    /// <param name="room">What its pages are taken from.</param>
    public MemoryFile(MemoryRoom room)
        : this(new Content(room))
    {
    }

    private MemoryFile(Content content) => this.content = content;

    /// <summary>Asked before each operation with its name; what it returns is the operation's error.</summary>
    public Func<string, FsError>? Fault
    {
        get => content.Fault;
        set => content.Fault = value;
    }

    public FileAttributes Attributes { get; set; }

    /// <summary>Whether ranges may be shared with other files; what was, in bytes, is counted there.</summary>
    public MemorySharing? Sharing
    {
        get => content.Sharing;
        set => content.Sharing = value;
    }

    public long Length
    {
        get
        {
            lock (content)
                return content.Length;
        }
    }

    /// <summary>Another open of the same file.</summary>
    public MemoryFile Reopen() => new(content) { Attributes = Attributes };

    public FsError Read(long offset, Span<byte> buffer, out int read)
    {
        read = 0;
        lock (content)
        {
            if (Check("read") is var error && error != FsError.None)
                return error;
            read = (int)Math.Clamp(content.Length - offset, 0, buffer.Length);
            for (int done = 0; done < read;)
            {
                long page = (offset + done) / Page;
                int at = (int)((offset + done) % Page);
                int count = Math.Min(Page - at, read - done);
                if (content.Pages.TryGetValue(page, out byte[]? bytes))
                    bytes.AsSpan(at, count).CopyTo(buffer[done..]);
                else
                    buffer.Slice(done, count).Clear();
                done += count;
            }
            return FsError.None;
        }
    }

    public FsError Write(long offset, ReadOnlySpan<byte> data, out int written) => Write(offset, data, WriteDurability.None, out written);

    public FsError Write(long offset, ReadOnlySpan<byte> data, WriteDurability durability, out int written)
    {
        written = 0;
        lock (content)
        {
            if (Check("write") is var error && error != FsError.None)
                return error;
            while (written < data.Length)
            {
                long page = (offset + written) / Page;
                int at = (int)((offset + written) % Page);
                int count = Math.Min(Page - at, data.Length - written);
                if (!content.Pages.TryGetValue(page, out byte[]? bytes))
                {
                    if (!content.TryTakePage())
                    {
                        content.Length = written == 0 ? content.Length : Math.Max(content.Length, offset + written);
                        return FsError.NoSpace;
                    }
                    content.Pages[page] = bytes = new byte[Page];
                }
                data.Slice(written, count).CopyTo(bytes.AsSpan(at));
                written += count;
            }
            content.Length = Math.Max(content.Length, offset + written);
            return FsError.None;
        }
    }

    public FsError Sync(bool dataOnly) => Check("sync");

    public FsError GetLength(out long length)
    {
        lock (content)
            length = content.Length;
        return Check("length");
    }

    public FsError SetLength(long length)
    {
        lock (content)
        {
            if (Check("truncate") is var error && error != FsError.None)
                return error;
            if (length < content.Length)
                Clear(length, content.Length);
            content.Length = length;
            return FsError.None;
        }
    }

    public FsError PunchHole(long offset, long length) => Allocate(AllocateMode.PunchHole | AllocateMode.KeepSize, offset, length);

    public FsError Allocate(AllocateMode mode, long offset, long length)
    {
        lock (content)
        {
            if (Check("allocate") is var error && error != FsError.None)
                return error;
            if ((mode & (AllocateMode.PunchHole | AllocateMode.ZeroRange)) != 0)
                Clear(offset, offset + length);
            if ((mode & AllocateMode.KeepSize) == 0)
                content.Length = Math.Max(content.Length, offset + length);
            return FsError.None;
        }
    }

    public FsError ShareFrom(IFile source, long offset, long length)
    {
        if (content.Sharing is not { } sharing)
            return FsError.NotSupported;
        byte[] buffer = new byte[length];
        FsError error = source.Read(offset, buffer, out int read);
        if (error != FsError.None || read < length)
            return FsError.NotSupported;
        error = Write(offset, buffer, out _);
        sharing.Bytes += error == FsError.None ? length : 0;
        return error;
    }

    public FsError SeekData(long offset, out long data)
    {
        data = offset;
        lock (content)
        {
            if (offset >= content.Length)
                return FsError.NoSuchAddress;
            long next = content.Pages.Keys.Where(p => (p + 1) * Page > offset && p * Page < content.Length).DefaultIfEmpty(-1).Min();
            if (next < 0)
                return FsError.NoSuchAddress;
            data = Math.Max(offset, next * Page);
            return FsError.None;
        }
    }

    public FsError SeekHole(long offset, out long hole)
    {
        hole = offset;
        lock (content)
        {
            if (offset >= content.Length)
                return FsError.NoSuchAddress;
            while (hole < content.Length && content.Pages.ContainsKey(hole / Page))
                hole = ((hole / Page) + 1) * Page;
            hole = Math.Min(hole, content.Length);
            return FsError.None;
        }
    }

    public FsError CopyFrom(IBackingFile source, long sourceOffset, long offset, long length, out long copied)
    {
        byte[] buffer = new byte[length];
        FsError error = source.Read(sourceOffset, buffer, out int read);
        copied = 0;
        if (error != FsError.None)
            return error;
        error = Write(offset, buffer.AsSpan(0, read), out int written);
        copied = written;
        return error;
    }

    public FsError GetAttributes(out FileAttributes attributes)
    {
        attributes = Attributes;
        attributes.Size = Length;
        attributes.Blocks = content.Pages.Count * 8;
        return FsError.None;
    }

    public void Dispose() => disposed = true;

    private FsError Check(string operation) => disposed ? FsError.BadHandle : content.Fault?.Invoke(operation) ?? FsError.None;

    private void Clear(long from, long to)
    {
        foreach (long page in content.Pages.Keys.Where(p => (p + 1) * Page > from && p * Page < to).ToArray())
        {
            long start = Math.Max(from, page * Page) - (page * Page);
            long end = Math.Min(to, (page + 1) * Page) - (page * Page);
            if (start == 0 && end == Page)
                content.RemovePage(page);
            else
                content.Pages[page].AsSpan((int)start, (int)(end - start)).Clear();
        }
    }

    /// <summary>Its last name is gone: what it holds takes no room any more.</summary>
    internal void GiveRoomBack()
    {
        lock (content)
            content.Leave();
    }

    private sealed class Content(MemoryRoom room)
    {
        private bool gone;

        public Dictionary<long, byte[]> Pages { get; } = [];

        public long Length { get; set; }

        public Func<string, FsError>? Fault { get; set; }

        public MemorySharing? Sharing { get; set; }

        public bool TryTakePage() => gone || room.TryTake();

        public void RemovePage(long page)
        {
            if (Pages.Remove(page) && !gone)
                room.Return(1);
        }

        public void Leave()
        {
            if (!gone)
                room.Return(Pages.Count);
            gone = true;
        }
    }
}
