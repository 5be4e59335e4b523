using VdFs.PosixProbe.Native;

namespace VdFs.PosixProbe.Cases;

/// <summary>copy_file_range and sendfile.</summary>
internal static class Copying
{
    public static void A_range_is_copied_between_files(Ground g)
    {
        g.File("a", "0123456789");
        g.File("b", "abcdefghij");
        long a = g.Open("a", Flags.ReadOnly);
        long b = g.Open("b", Flags.ReadWrite);
        g.Step("copy", Posix.CopyRange(a, 2, b, 5, 3));
        g.Note("b", g.Content("b"));
        g.Step("to the end", Posix.CopyRange(a, 8, b, 9, 100));
        g.Note("b", g.Content("b"));
        g.Step("from past the end", Posix.CopyRange(a, 100, b, 0, 5));
        g.Step("nothing", Posix.CopyRange(a, 0, b, 0, 0));
    }

    public static void A_range_is_copied_within_a_file(Ground g)
    {
        g.File("a", "0123456789");
        long a = g.Open("a", Flags.ReadWrite);
        g.Step("apart", Posix.CopyRange(a, 0, a, 5, 3));
        g.Note("content", g.Content("a"));
        g.Try("overlapping", Posix.CopyRange(a, 0, a, 2, 5));
        g.Step("past the end", Posix.CopyRange(a, 0, a, 12, 3));
        g.Note("content", g.Content("a"));
    }

    public static void Copies_that_fail(Ground g)
    {
        g.File("a");
        g.File("b");
        g.Folder("d");
        long read = g.Open("a", Flags.ReadOnly);
        long write = g.Open("b", Flags.WriteOnly);
        long append = g.Open("b", Flags.ReadWrite | Flags.Append);
        g.Try("to a reader", Posix.CopyRange(read, 0, read, 20, 3));
        g.Try("from a writer", Posix.CopyRange(write, 0, write, 20, 3));
        g.Try("to an appender", Posix.CopyRange(read, 0, append, 0, 3));
        g.Try("from a directory", Posix.CopyRange(g.Open("d", Flags.Directory), 0, write, 0, 3));
    }

    public static void A_large_copy(Ground g)
    {
        byte[] data = new byte[9_000_000];
        new Random(3).NextBytes(data);
        long a = g.Open("a", Flags.Create | Flags.ReadWrite);
        Ground.Must(Posix.WriteAt(a, data, 0));
        long b = g.Open("b", Flags.Create | Flags.ReadWrite);
        long done = 0;
        for (long copied; done < data.Length && (copied = Posix.CopyRange(a, done, b, done, data.Length - done)) > 0;)
            done += copied;
        byte[] back = new byte[data.Length];
        g.Note("copied", done);
        g.Step("read", Posix.ReadAt(b, back, 0));
        g.Note("same", data.AsSpan().SequenceEqual(back));
    }

    public static void A_file_is_sent_to_another(Ground g)
    {
        g.File("a", "0123456789");
        g.File("b", "");
        g.Step("send", Posix.SendFile(g.Open("b", Flags.WriteOnly), g.Open("a", Flags.ReadOnly), 3, 4));
        g.Note("b", g.Content("b"));
    }

    public static void Tools_copy_within(Ground g)
    {
        g.Shell("make", "seq 1 100000 > a && truncate -s 2M a");
        g.Shell("cp", "cp --sparse=always --preserve=all a b && cmp a b && stat -c %s b");
        g.Shell("cp auto", "cp --reflink=auto a c && cmp a c");
        g.Shell("dd", "dd if=a of=d bs=64k conv=sparse,notrunc status=none && cmp a d");
    }
}
