using System.Buffers.Binary;
using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Storage;

namespace VdFs.Core.Tracking;

/// <content>
/// While a mount lasts, the list holds entries of records that are gone. It is written anew without them as soon as they are the most of it, so that it grows with what there is and
/// not with what there was.
/// </content>
internal sealed partial class RecordList
{
    /// <summary>Entries of records that are gone, at least: how many there are of each isn't counted.</summary>
    private long gone;

    /// <summary>How many of these are let lie, however little else there is.</summary>
    public int Slack { get; set; } = 4096;

    /// <summary>
    /// Most of it is written beside the appending; what was appended meanwhile is short, and comes under the lock. The new file is whole and on stable storage when it takes the old one's
    /// place, so a death leaves the one or the other. What can't be done is tried again when as much has gone once more.
    /// </summary>
    private void CompactIfWorthwhile(int more)
    {
        gone += more;
        if (gone < Slack || gone < end / EntrySize / 2)
            return;
        gone = 0;
        _ = state.Delete(Temporary);
        if (state.Open(Temporary, StorageOpen.CreateNew, out IFile? made) != FsError.None)
            return;
        long newEnd = 0;
        FsError error = WriteLiving(made!, out long copied, ref newEnd, out int stillStable);
        lock (append)
        {
            if (error == FsError.None)
                error = CopyRest(made!, copied, ref newEnd);
            if (error == FsError.None)
                error = state.Rename(Temporary, StatePaths.RecordList);
            if (error == FsError.None)
            {
                // From here on the name leads to the new one, whether that is on stable storage or not: it says the same.
                (file, made) = (made, file);
                end = newEnd;
                stable = stillStable;
                _ = state.SyncFolder("");
            }
        }
        made?.Dispose();
        if (error != FsError.None)
            _ = state.Delete(Temporary);
    }

    /// <summary>Header and entries, but those of records that were taken off since.</summary>
    private FsError WriteLiving(IFile made, out long copied, ref long newEnd, out int stillStable)
    {
        lock (append)
            copied = end;
        stillStable = 0;
        byte[] bytes = new byte[copied];
        FsError error = file!.Read(0, bytes, out int read);
        if (error == FsError.None && read != bytes.Length)
            error = FsError.Io;
        if (error != FsError.None)
            return error;
        int count = bytes.Length / EntrySize;
        var last = new Dictionary<(ulong, long), int>();
        for (int i = 1; i < count; i++)
        {
            if (KindOf(bytes, i) == Kind.Gone)
                last[KeyOf(bytes, i)] = i;
        }
        int kept = 1;
        for (int i = 1; i < count; i++)
        {
            if (last.TryGetValue(KeyOf(bytes, i), out int taken) && i <= taken)
                continue;
            if (i <= stable)
                stillStable++;
            Span<byte> entry = bytes.AsSpan(i * EntrySize, EntrySize);
            Move(entry, bytes.AsSpan(kept * EntrySize, EntrySize), kept * EntrySize);
            kept++;
        }
        WriteHeader(bytes, mount, stillStable);
        newEnd = (long)kept * EntrySize;
        error = made.Write(0, bytes.AsSpan(0, (int)newEnd), out _);
        return error == FsError.None ? made.Sync(dataOnly: false) : error;
    }

    /// <summary>What was appended since, as it is. Under the lock.</summary>
    private FsError CopyRest(IFile made, long copied, ref long newEnd)
    {
        if (end == copied)
            return FsError.None;
        byte[] bytes = new byte[end - copied];
        FsError error = file!.Read(copied, bytes, out int read);
        if (error == FsError.None && read != bytes.Length)
            error = FsError.Io;
        for (int at = 0; at < bytes.Length; at += EntrySize)
            Move(bytes.AsSpan(at, EntrySize), bytes.AsSpan(at, EntrySize), newEnd + at);
        if (error == FsError.None)
            error = made.Write(newEnd, bytes, out _);
        newEnd += bytes.Length;
        return error == FsError.None ? made.Sync(dataOnly: true) : error;
    }

    /// <summary>An entry's sum is of its place too.</summary>
    private static void Move(ReadOnlySpan<byte> entry, Span<byte> target, long place)
    {
        entry.CopyTo(target);
        BinaryPrimitives.WriteUInt32LittleEndian(target[28..], SumOf(target, place));
    }

    private static Kind KindOf(byte[] bytes, int index) => (Kind)BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(index * EntrySize));

    private static (ulong Image, long Generation) KeyOf(byte[] bytes, int index)
    {
        ReadOnlySpan<byte> entry = bytes.AsSpan(index * EntrySize, EntrySize);
        return (BinaryPrimitives.ReadUInt64LittleEndian(entry[8..]), BinaryPrimitives.ReadInt64LittleEndian(entry[16..]));
    }
}
