using System.Text;
using VdFs.PosixProbe.Native;

namespace VdFs.PosixProbe.Cases;

/// <summary>What names may be, and listing them.</summary>
internal static class Names
{
    public static void Long_names(Ground g)
    {
        g.Try("255", Posix.Open(g.At(new string('n', 255)), Flags.Create | Flags.WriteOnly));
        g.Try("256", Posix.Open(g.At(new string('n', 256)), Flags.Create | Flags.WriteOnly));
        g.Try("directory of 256", Posix.MakeDirectory(g.At(new string('n', 256))));
        g.Try("stat of 256", Posix.Stat(g.At(new string('n', 256)), out _));
        g.Try("rename to 256", Posix.Rename(g.At(new string('n', 255)), g.At(new string('m', 256))));
        g.Try("rename to 255", Posix.Rename(g.At(new string('n', 255)), g.At(new string('m', 255))));
        g.Note("listed", string.Join(',', List(g, "").Select(n => n.Length)));
    }

    public static void A_path_that_is_too_long(Ground g) =>
        g.Try("open", Posix.Open(g.At(string.Concat(Enumerable.Repeat("d/", 2048))), Flags.ReadOnly));

    public static void Names_that_are_not_utf8(Ground g)
    {
        const string name = "\u00ff\u00fe\u0080 \u00c3(";
        g.File(name, "bytes");
        g.Note("content", g.Content(name));
        g.Note("listed", Hex(List(g, "")));
        g.Try("rename", Posix.Rename(g.At(name), g.At("\u00a0\u00a1")));
        g.Note("listed", Hex(List(g, "")));
        g.Try("unlink", Posix.Unlink(g.At("\u00a0\u00a1")));
    }

    public static void Names_of_odd_characters(Ground g)
    {
        foreach (string name in new[] { "\n", " ", "*", "\\", "'\"", "-rf", "...", "a:b", "\u0001", "\u007f" })
            g.File(name, name);
        g.Note("listed", Hex(List(g, "")));
        g.Note("content", Hex([g.Content("\n"), g.Content("..."), g.Content("a:b")]));
    }

    public static void Case_tells_names_apart(Ground g)
    {
        g.File("name", "small");
        g.File("NAME", "large");
        g.Note("content", g.Content("name") + g.Content("NAME"));
    }

    public static void Normal_forms_tell_names_apart(Ground g)
    {
        g.File("\u00c3\u00a9", "composed");
        g.File("e\u00cc\u0081", "decomposed");
        g.Note("content", $"{g.Content("\u00c3\u00a9")} {g.Content("e\u00cc\u0081")} {List(g, "").Count}");
    }

    public static void Dots_lead_where_they_should(Ground g)
    {
        g.Folder("d");
        g.Folder("d/e");
        g.Note("dot", g.Stat("d/.").Inode == g.Stat("d").Inode);
        g.Note("dot dot", g.Stat("d/e/..").Inode == g.Stat("d").Inode);
        g.Note("both", g.Stat("d/e/../e/./../..").Inode == g.Stat("").Inode);
        g.Try("mkdir dot", Posix.MakeDirectory(g.At("d/.")));
        g.Try("open dot to write", Posix.Open(g.At("d/."), Flags.WriteOnly));
    }

    public static void A_file_is_no_directory(Ground g)
    {
        g.File("f");
        g.Try("final slash", Posix.Open(g.At("f/"), Flags.ReadOnly));
        g.Try("below", Posix.Open(g.At("f/x"), Flags.ReadOnly));
        g.Try("as directory", Posix.Open(g.At("f"), Flags.Directory));
        g.Try("dot dot of a file", Posix.Stat(g.At("f/.."), out _));
    }

    public static void A_listing_is_complete(Ground g)
    {
        const int count = 3000;
        for (int i = 0; i < count; i++)
            Ground.Must(Posix.MakeNode(g.At($"entry-{i:D5}"), 0x8000 | 0b110_100_100));
        List<string> names = List(g, "");
        g.Note("listed", $"{names.Count} {names.Distinct().Count()} {names.Contains("entry-02999")}");
    }

    public static void A_listing_can_be_continued_at_an_offset(Ground g)
    {
        for (int i = 0; i < 500; i++)
            Ground.Must(Posix.MakeNode(g.At($"entry-{i:D5}"), 0x8000 | 0b110_100_100));
        long fd = g.Open("", Flags.Directory);
        List<(string Name, long Next, byte Type, ulong Inode)> all = Entries(fd, 1024);
        g.Note("all", all.Count);
        Ground.Must(Posix.Seek(fd, all[100].Next, Flags.SeekSet));
        g.Note("continued in order", Entries(fd, 4096).Select(e => e.Name).SequenceEqual(all.Skip(101).Select(e => e.Name)));
        g.Step("rewind", Posix.Seek(fd, 0, Flags.SeekSet));
        g.Note("again", Entries(fd, 65536).Count);
    }

    public static void Entries_deleted_while_listing_disturb_no_other(Ground g)
    {
        for (int i = 0; i < 1000; i++)
            Ground.Must(Posix.MakeNode(g.At($"entry-{i:D5}"), 0x8000 | 0b110_100_100));
        long fd = g.Open("", Flags.Directory);
        var seen = new HashSet<string>();
        byte[] buffer = new byte[2048];
        int twice = 0;
        for (long length; (length = Posix.Directory(fd, buffer)) > 0;)
        {
            foreach ((string name, _, _, _) in Parse(buffer, length))
            {
                twice += seen.Add(name) ? 0 : 1;
                if (name[0] == 'e')
                    Ground.Must(Posix.Unlink(g.At(name)));
            }
        }
        g.Note("seen", $"{seen.Count} twice {twice}");
        g.Note("left", List(g, "").Count);
    }

    public static void New_entries_show_after_rewinding(Ground g)
    {
        g.File("a");
        long fd = g.Open("", Flags.Directory);
        g.Note("before", Entries(fd, 4096).Count);
        g.File("b");
        Ground.Must(Posix.Seek(fd, 0, Flags.SeekSet));
        g.Note("after", Entries(fd, 4096).Count);
    }

    public static void Entries_tell_type_and_inode(Ground g)
    {
        g.File("f");
        g.Folder("d");
        Ground.Must(Posix.Symlink("x", g.At("s")));
        Ground.Must(Posix.MakeNode(g.At("p"), Flags.Fifo | 0b110_000_000));
        long fd = g.Open("", Flags.Directory);
        foreach ((string name, _, byte type, ulong inode) in Entries(fd, 4096).OrderBy(e => e.Name, StringComparer.Ordinal))
            g.Note(name, name == ".." ? type.ToString() : $"{type} {inode == g.Stat(name).Inode}");
    }

    public static void Small_listing_buffers(Ground g)
    {
        g.File("f");
        long fd = g.Open("", Flags.Directory);
        g.Try("too small", Posix.Directory(fd, new byte[10]));
        g.Note("of 64", Entries(fd, 64).Count);
        g.Try("read of a directory", Posix.Read(fd, new byte[10]));
    }

    internal static List<string> List(Ground g, string folder)
    {
        long fd = g.Open(folder, Flags.Directory);
        List<string> names = [.. Entries(fd, 32768).Select(e => e.Name).Where(n => n is not "." and not "..").Order(StringComparer.Ordinal)];
        Ground.Must(Posix.Close(fd));
        return names;
    }

    private static List<(string Name, long Next, byte Type, ulong Inode)> Entries(long fd, int size)
    {
        List<(string, long, byte, ulong)> entries = [];
        byte[] buffer = new byte[size];
        for (long length; (length = Ground.Must(Posix.Directory(fd, buffer))) > 0;)
            entries.AddRange(Parse(buffer, length));
        return entries;
    }

    /// <summary>struct linux_dirent64: inode, next offset, record length (u16), type (u8), name with NUL.</summary>
    private static IEnumerable<(string Name, long Next, byte Type, ulong Inode)> Parse(byte[] buffer, long length)
    {
        for (int at = 0; at < length; at += BitConverter.ToUInt16(buffer, at + 16))
        {
            int end = Array.IndexOf(buffer, (byte)0, at + 19);
            yield return (Encoding.Latin1.GetString(buffer, at + 19, end - at - 19),
                BitConverter.ToInt64(buffer, at + 8), buffer[at + 18], BitConverter.ToUInt64(buffer, at));
        }
    }

    private static string Hex(IEnumerable<string> names) =>
        string.Join(',', names.Select(n => Convert.ToHexString(Encoding.Latin1.GetBytes(n))));
}
