using VdFs.PosixProbe.Native;

namespace VdFs.PosixProbe.Cases;

/// <summary>renameat2 in all its modes.</summary>
internal static class Renames
{
    public static void Rename_replaces_an_existing_file(Ground g)
    {
        g.File("a", "new");
        g.File("b", "old");
        long open = g.Open("b", Flags.ReadOnly);
        g.Try("rename", Posix.Rename(g.At("a"), g.At("b")));
        g.Note("b", g.Content("b"));
        g.Note("open one", $"{Ground.Content(open)} links {Ground.Stat(open).Links}");
        g.Try("a is gone", Posix.Stat(g.At("a"), out _));
    }

    public static void Rename_keeps_inode_and_modification_time(Ground g)
    {
        g.File("a");
        StatxBuffer before = g.Stat("a");
        Ground.LetTimePass();
        g.Try("rename", Posix.Rename(g.At("a"), g.At("b")));
        StatxBuffer after = g.Stat("b");
        g.Note("inode kept", before.Inode == after.Inode);
        g.Moved("times", before, after);
    }

    public static void Rename_changes_the_times_of_both_directories(Ground g)
    {
        g.Folder("x");
        g.Folder("y");
        g.File("x/f");
        StatxBuffer x = g.Stat("x");
        StatxBuffer y = g.Stat("y");
        Ground.LetTimePass();
        g.Try("rename", Posix.Rename(g.At("x/f"), g.At("y/f")));
        g.Moved("from", x, g.Stat("x"));
        g.Moved("to", y, g.Stat("y"));
        g.Note("content", g.Content("y/f"));
    }

    public static void Rename_of_a_directory_over_an_empty_one(Ground g)
    {
        g.Folder("a");
        g.File("a/f");
        g.Folder("b");
        g.Try("rename", Posix.Rename(g.At("a"), g.At("b")));
        g.Note("content", g.Content("b/f"));
    }

    public static void Rename_of_a_directory_over_a_full_one(Ground g)
    {
        g.Folder("a");
        g.Folder("b");
        g.File("b/f");
        g.Try("rename", Posix.Rename(g.At("a"), g.At("b")));
        g.Try("a stays", Posix.Stat(g.At("a"), out _));
    }

    public static void Rename_between_files_and_directories(Ground g)
    {
        g.File("f");
        g.Folder("d");
        g.Try("file over directory", Posix.Rename(g.At("f"), g.At("d")));
        g.Try("directory over file", Posix.Rename(g.At("d"), g.At("f")));
    }

    public static void Rename_of_a_directory_into_itself(Ground g)
    {
        g.Folder("d");
        g.Folder("d/e");
        g.Try("rename", Posix.Rename(g.At("d"), g.At("d/e/d")));
        g.Try("over its parent", Posix.Rename(g.At("d/e"), g.At("d")));
    }

    public static void Rename_without_replacing(Ground g)
    {
        g.File("a", "a");
        g.File("b", "b");
        g.Try("existing", Posix.Rename(g.At("a"), g.At("b"), Flags.NoReplace));
        g.Try("free", Posix.Rename(g.At("a"), g.At("c"), Flags.NoReplace));
        g.Note("content", g.Content("b") + g.Content("c"));
    }

    public static void Exchange_of_two_files(Ground g)
    {
        g.File("a", "a");
        g.File("b", "b");
        ulong a = g.Stat("a").Inode;
        g.Try("exchange", Posix.Rename(g.At("a"), g.At("b"), Flags.Exchange));
        g.Note("content", g.Content("a") + g.Content("b"));
        g.Note("inodes went along", g.Stat("b").Inode == a);
    }

    public static void Exchange_of_a_file_and_a_directory(Ground g)
    {
        g.File("f", "f");
        g.Folder("p");
        g.Folder("p/d");
        g.Folder("p/d/e");
        g.Try("exchange", Posix.Rename(g.At("f"), g.At("p/d"), Flags.Exchange));
        g.Note("content", g.Content("p/d"));
        g.Note("links", $"{g.Stat("f").Links} {g.Stat("p").Links}");
    }

    public static void Exchange_with_a_missing_name(Ground g)
    {
        g.File("a");
        g.Try("exchange", Posix.Rename(g.At("a"), g.At("b"), Flags.Exchange));
        g.Try("both flags", Posix.Rename(g.At("a"), g.At("b"), Flags.Exchange | Flags.NoReplace));
        g.Try("unknown flag", Posix.Rename(g.At("a"), g.At("b"), 0x80));
    }

    public static void Rename_leaving_a_whiteout(Ground g)
    {
        g.File("a");
        g.Try("rename", Posix.Rename(g.At("a"), g.At("b"), Flags.Whiteout));
    }

    public static void Rename_of_one_inode_to_its_other_name_does_nothing(Ground g)
    {
        g.File("a");
        Ground.Must(Posix.Link(g.At("a"), g.At("b")));
        g.Try("rename", Posix.Rename(g.At("a"), g.At("b")));
        g.Try("a", Posix.Stat(g.At("a"), out _));
        g.Note("links", g.Stat("b").Links);
    }

    public static void Rename_of_a_missing_name(Ground g)
    {
        g.File("f");
        g.Try("missing", Posix.Rename(g.At("a"), g.At("b")));
        g.Try("into nowhere", Posix.Rename(g.At("f"), g.At("no/b")));
        g.Try("below a file", Posix.Rename(g.At("f"), g.At("f/b")));
    }

    public static void Rename_with_a_final_slash(Ground g)
    {
        g.File("f");
        g.Folder("d");
        g.Try("file", Posix.Rename(g.At("f"), g.At("g/")));
        g.Try("directory", Posix.Rename(g.At("d"), g.At("e/")));
    }

    public static void Rename_of_dots(Ground g)
    {
        g.Folder("d");
        g.Try("dot", Posix.Rename(g.At("d/."), g.At("e")));
        g.Try("dot dot", Posix.Rename(g.At("d/.."), g.At("e")));
    }

    public static void An_open_file_goes_on_under_its_new_name(Ground g)
    {
        g.File("a", "one");
        long fd = g.Open("a", Flags.ReadWrite);
        g.Try("rename", Posix.Rename(g.At("a"), g.At("b")));
        g.Step("write", Posix.WriteAt(fd, "two"u8.ToArray(), 3));
        g.Try("resize", Posix.Resize(fd, 5));
        g.Note("by name", g.Content("b"));
        g.Note("by descriptor", $"{Ground.Content(fd)} {Ground.Stat(fd).Size}");
    }

    public static void A_moved_directory_has_a_new_parent(Ground g)
    {
        g.Folder("x");
        g.Folder("y");
        g.Folder("x/d");
        g.Try("rename", Posix.Rename(g.At("x/d"), g.At("y/d")));
        g.Note("parent", g.Stat("y/d/..").Inode == g.Stat("y").Inode);
        g.Note("links", $"{g.Stat("x").Links} {g.Stat("y").Links}");
    }

    public static void Files_below_a_moved_directory_stay_open(Ground g)
    {
        g.Folder("x");
        g.Folder("x/d");
        g.File("x/d/f", "before");
        long fd = g.Open("x/d/f", Flags.ReadWrite);
        g.Try("rename", Posix.Rename(g.At("x"), g.At("z")));
        g.Step("write", Posix.WriteAt(fd, "after!"u8.ToArray(), 0));
        g.Note("content", g.Content("z/d/f"));
        g.Try("old path", Posix.Stat(g.At("x/d/f"), out _));
    }

    public static void Rename_of_symlinks_moves_the_links(Ground g)
    {
        g.File("f", "f");
        Ground.Must(Posix.Symlink("f", g.At("s")));
        Ground.Must(Posix.Symlink("nowhere", g.At("t")));
        g.Try("rename", Posix.Rename(g.At("s"), g.At("t")));
        g.Note("content", g.Content("t"));
    }
}
