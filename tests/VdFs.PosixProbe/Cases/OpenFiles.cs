using System.Runtime.InteropServices;
using System.Text;
using VdFs.PosixProbe.Native;

namespace VdFs.PosixProbe.Cases;

/// <summary>Opening, reading, writing, appending, truncating, syncing.</summary>
internal static class OpenFiles
{
    public static void Opens_that_fail(Ground g)
    {
        g.Folder("d");
        g.File("f");
        g.Try("missing", Posix.Open(g.At("x"), Flags.ReadOnly));
        g.Try("below missing", Posix.Open(g.At("x/y"), Flags.Create | Flags.WriteOnly));
        g.Try("directory to write", Posix.Open(g.At("d"), Flags.WriteOnly));
        g.Try("directory to create", Posix.Open(g.At("d"), Flags.Create | Flags.ReadOnly));
        g.Try("existing exclusively", Posix.Open(g.At("f"), Flags.Create | Flags.Exclusive | Flags.WriteOnly));
        g.Try("existing directory exclusively", Posix.Open(g.At("d"), Flags.Create | Flags.Exclusive | Flags.WriteOnly));
    }

    public static void Descriptors_keep_to_their_mode(Ground g)
    {
        g.File("f");
        long read = g.Open("f", Flags.ReadOnly);
        long write = g.Open("f", Flags.WriteOnly);
        long path = g.Open("f", Flags.PathOnly);
        g.Try("write to a reader", Posix.Write(read, [1]));
        g.Try("read from a writer", Posix.Read(write, new byte[1]));
        g.Try("resize a reader", Posix.Resize(read, 1));
        g.Try("read a path", Posix.Read(path, new byte[1]));
        g.Note("stat a path", Ground.Stat(path).Size);
    }

    public static void Appending_follows_the_end(Ground g)
    {
        g.File("f", "start");
        long a = g.Open("f", Flags.WriteOnly | Flags.Append);
        long b = g.Open("f", Flags.WriteOnly | Flags.Append);
        g.Step("a", Posix.Write(a, "-a"u8.ToArray()));
        g.Step("b", Posix.Write(b, "-b"u8.ToArray()));
        g.Step("a", Posix.Write(a, "-c"u8.ToArray()));
        g.Note("content", g.Content("f"));
        g.Try("resize", Posix.Resize(b, 2));
        g.Step("after resizing", Posix.Write(a, "!"u8.ToArray()));
        g.Note("content", g.Content("f"));
        g.Step("at an offset", Posix.WriteAt(a, "?"u8.ToArray(), 0));
        g.Note("content", g.Content("f"));
    }

    public static void Appending_processes_lose_nothing(Ground g)
    {
        g.File("f", "");
        var processes = "abc".Select(letter => g.Start("append", "f", letter.ToString(), "200")).ToList();
        foreach (System.Diagnostics.Process process in processes)
        {
            process.WaitForExit();
            process.Dispose();
        }
        byte[] content = new byte[70_000];
        long length = Posix.ReadAt(g.Open("f", Flags.ReadOnly), content, 0);
        string[] lines = Encoding.Latin1.GetString(content, 0, (int)length).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        g.Note("length", length);
        g.Note("lines", string.Join(',', lines.GroupBy(l => l).OrderBy(l => l.Key).Select(l => $"{l.Key.Length}×{l.Count()}")));
    }

    public static void Truncation_by_open(Ground g)
    {
        g.File("f", "something");
        long other = g.Open("f", Flags.ReadOnly);
        g.Try("open", Posix.Open(g.At("f"), Flags.WriteOnly | Flags.Truncate));
        g.Note("size", $"{g.Stat("f").Size} {Ground.Stat(other).Size} {Ground.Content(other).Length}");
        g.Try("create", Posix.Open(g.At("f"), Flags.ReadWrite | Flags.Create | Flags.Truncate));
    }

    public static void Truncation_by_name_and_descriptor(Ground g)
    {
        g.File("f", "0123456789");
        g.Folder("d");
        long fd = g.Open("f", Flags.ReadWrite);
        g.Try("shrink", Posix.Resize(fd, 4));
        g.Note("content", g.Content("f"));
        g.Try("grow", Posix.Resize(g.At("f"), 6));
        g.Note("content", Ground.Content(fd));
        g.Try("negative", Posix.Resize(fd, -1));
        g.Try("directory", Posix.Resize(g.At("d"), 0));
        g.Try("missing", Posix.Resize(g.At("x"), 0));
        g.Try("far too large", Posix.Resize(fd, long.MaxValue));
    }

    public static void Writes_far_out(Ground g)
    {
        long fd = g.Open("f", Flags.Create | Flags.ReadWrite);
        const long far = 5L << 30;
        g.Step("write", Posix.WriteAt(fd, "far"u8.ToArray(), far));
        g.Note("size", g.Stat("f").Size);
        byte[] buffer = new byte[8];
        g.Step("read", Posix.ReadAt(fd, buffer, far - 2));
        g.Note("bytes", Convert.ToHexString(buffer));
        g.Step("read past the end", Posix.ReadAt(fd, buffer, far + 100));
        g.Step("negative", Posix.ReadAt(fd, buffer, -5));
        g.Try("beyond the largest file", Posix.WriteAt(fd, [1], long.MaxValue - 1));
    }

    public static void Offsets_belong_to_the_open(Ground g)
    {
        g.File("f", "abcdefgh");
        long fd = g.Open("f", Flags.ReadWrite);
        byte[] two = new byte[2];
        g.Step("read", Posix.Read(fd, two));
        g.Step("where", Posix.Seek(fd, 0, Flags.SeekCurrent));
        g.Step("write", Posix.Write(fd, "XY"u8.ToArray()));
        g.Step("end", Posix.Seek(fd, -1, Flags.SeekEnd));
        g.Step("read", Posix.Read(fd, two));
        g.Step("read at the end", Posix.Read(fd, two));
        g.Step("past the end", Posix.Seek(fd, 100, Flags.SeekSet));
        g.Step("bad", Posix.Seek(fd, -1, Flags.SeekSet));
        g.Note("content", g.Content("f"));
    }

    public static void Writing_after_seeking_past_the_end_leaves_zeros(Ground g)
    {
        g.File("f", "ab");
        long fd = g.Open("f", Flags.ReadWrite);
        g.Step("seek", Posix.Seek(fd, 5, Flags.SeekSet));
        g.Step("write", Posix.Write(fd, "c"u8.ToArray()));
        g.Note("content", g.Content("f"));
    }

    public static void Synchronous_writes(Ground g)
    {
        foreach ((string label, int flag) in new[] { ("O_SYNC", Flags.Sync), ("O_DSYNC", Flags.DataSync) })
        {
            long fd = g.Try(label, Posix.Open(g.At(label), Flags.Create | Flags.ReadWrite | flag));
            g.Step("write", Posix.WriteAt(fd, "synced"u8.ToArray(), 0));
            g.Note("content", g.Content(label));
        }
    }

    public static void Syncing_what_can_be_synced(Ground g)
    {
        g.File("f");
        long write = g.Open("f", Flags.ReadWrite);
        long read = g.Open("f", Flags.ReadOnly);
        long directory = g.Open("", Flags.Directory);
        g.Try("fsync", Posix.Sync(write));
        g.Try("fdatasync", Posix.SyncData(write));
        g.Try("fsync of a reader", Posix.Sync(read));
        g.Try("fsync of a directory", Posix.Sync(directory));
        g.Try("fdatasync of a directory", Posix.SyncData(directory));
        g.Try("syncfs", Posix.SyncAll(directory));
    }

    public static unsafe void Direct_reads_and_writes(Ground g)
    {
        long fd = g.Try("open", Posix.Open(g.At("f"), Flags.Create | Flags.ReadWrite | Flags.Direct));
        byte* buffer = (byte*)NativeMemory.AlignedAlloc(65536, 4096);
        new Span<byte>(buffer, 65536).Fill(9);
        g.Step("write", Posix.Result(Libc.PwriteAt((int)fd, (nint)buffer, 65536, 0)));
        g.Step("write", Posix.Result(Libc.PwriteAt((int)fd, (nint)buffer, 4096, 131072)));
        g.Step("read", Posix.Result(Libc.PreadAt((int)fd, (nint)buffer, 65536, 65536)));
        g.Note("zeros", new Span<byte>(buffer, 65536).IndexOfAnyExcept((byte)0));
        g.Step("read at the end", Posix.Result(Libc.PreadAt((int)fd, (nint)buffer, 65536, 131072)));
        g.Note("nines", new Span<byte>(buffer, 4096).IndexOfAnyExcept((byte)9));
        g.Note("size", g.Stat("f").Size);
        NativeMemory.AlignedFree(buffer);
    }

    public static unsafe void Direct_writes_that_are_not_aligned(Ground g)
    {
        long fd = g.Open("f", Flags.Create | Flags.ReadWrite | Flags.Direct);
        byte* buffer = (byte*)NativeMemory.AlignedAlloc(8192, 4096);
        new Span<byte>(buffer, 8192).Fill(9);
        g.Step("offset", Posix.Result(Libc.PwriteAt((int)fd, (nint)buffer, 4096, 100)));
        g.Step("length", Posix.Result(Libc.PwriteAt((int)fd, (nint)buffer, 1000, 0)));
        g.Step("memory", Posix.Result(Libc.PwriteAt((int)fd, (nint)(buffer + 3), 4096, 0)));
        NativeMemory.AlignedFree(buffer);
    }

    public static void Direct_and_buffered_see_each_other(Ground g)
    {
        byte[] page = GC.AllocateArray<byte>(8192, pinned: true);
        nint start = Marshal.UnsafeAddrOfPinnedArrayElement(page, 0);
        int shift = (int)((4096 - (start & 4095)) & 4095);
        g.File("f", new string('a', 4096));
        long buffered = g.Open("f", Flags.ReadWrite);
        g.Note("buffered", Ground.Content(buffered)[0]);
        long direct = g.Open("f", Flags.ReadWrite | Flags.Direct);
        page.AsSpan(shift, 4096).Fill((byte)'b');
        g.Step("direct write", Posix.Result(Libc.PwriteAt((int)direct, start + shift, 4096, 0)));
        g.Note("buffered", Ground.Content(buffered)[0]);
        g.Step("buffered write", Posix.WriteAt(buffered, "c"u8.ToArray(), 0));
        g.Step("direct read", Posix.Result(Libc.PreadAt((int)direct, start + shift, 4096, 0)));
        g.Note("direct", (char)page[shift]);
    }

    public static void Large_writes_come_through_whole(Ground g)
    {
        byte[] data = new byte[5_000_001];
        new Random(7).NextBytes(data);
        long fd = g.Open("f", Flags.Create | Flags.ReadWrite);
        g.Step("write", Posix.WriteAt(fd, data, 12_345));
        byte[] back = new byte[data.Length];
        g.Step("read", Posix.ReadAt(fd, back, 12_345));
        g.Note("same", data.AsSpan().SequenceEqual(back));
    }

    public static void The_same_bytes_by_two_descriptors(Ground g)
    {
        g.File("f", "0123456789");
        long a = g.Open("f", Flags.ReadWrite);
        long b = g.Open("f", Flags.ReadOnly);
        g.Note("b", Ground.Content(b));
        g.Step("write by a", Posix.WriteAt(a, "xx"u8.ToArray(), 9));
        g.Note("b", $"{Ground.Content(b)} {Ground.Stat(b).Size}");
        g.Note("another process", g.Other("read", "f"));
        g.Note("another writes", g.Other("write", "f", "0", "yy"));
        g.Note("b", Ground.Content(b));
    }

    public static void Empty_reads_and_writes(Ground g)
    {
        g.File("f");
        long fd = g.Open("f", Flags.ReadWrite);
        g.Step("write", Posix.WriteAt(fd, [], 100));
        g.Step("read", Posix.ReadAt(fd, [], 0));
        g.Note("size", g.Stat("f").Size);
    }

    public static void The_filesystem_tells_about_itself(Ground g)
    {
        g.Try("statfs", Posix.StatFileSystem(g.At(""), out StatfsBuffer statistics));
        g.Note("names", statistics.NameLength);
        g.Note("blocks", $"{statistics.BlockSize} {statistics.FragmentSize} {statistics.Blocks}");
        g.Note("files", statistics.Files);
    }
}
