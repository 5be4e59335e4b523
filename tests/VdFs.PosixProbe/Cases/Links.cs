using VdFs.PosixProbe.Native;

namespace VdFs.PosixProbe.Cases;

/// <summary>Hard links, symlinks, special files, removal.</summary>
internal static class Links
{
    public static void Link_counts_rise_and_fall(Ground g)
    {
        g.File("a");
        g.Try("link", Posix.Link(g.At("a"), g.At("b")));
        g.Note("two", $"{g.Stat("a").Links} {g.Stat("b").Links} {g.Stat("a").Inode == g.Stat("b").Inode}");
        g.Try("unlink", Posix.Unlink(g.At("a")));
        g.Note("one", g.Stat("b").Links);
    }

    public static void Links_that_may_not_be(Ground g)
    {
        g.Folder("d");
        g.File("f");
        g.File("g");
        g.Try("to a directory", Posix.Link(g.At("d"), g.At("e")));
        g.Try("to an existing name", Posix.Link(g.At("f"), g.At("g")));
        g.Try("to nothing", Posix.Link(g.At("x"), g.At("y")));
        g.Try("into a file", Posix.Link(g.At("f"), g.At("g/h")));
    }

    public static void A_link_to_a_symlink(Ground g)
    {
        g.File("f");
        Ground.Must(Posix.Symlink("f", g.At("s")));
        g.Try("not followed", Posix.Link(g.At("s"), g.At("a")));
        g.Try("followed", Posix.Link(g.At("s"), g.At("b"), Flags.SymlinkFollow));
        g.Note("links", $"{g.Stat("f").Links} {g.Stat("s").Links}");
    }

    public static void Both_names_show_one_file(Ground g)
    {
        g.File("a", "12345");
        Ground.Must(Posix.Link(g.At("a"), g.At("b")));
        long fd = g.Open("a", Flags.WriteOnly);
        g.Step("write", Posix.WriteAt(fd, "xyz"u8.ToArray(), 4));
        g.Note("b", $"{g.Content("b")} {g.Stat("b").Size}");
        g.Try("chmod", Posix.ChangeMode(g.At("b"), 0b110_000_000));
        g.Note("a", g.Mode("a"));
        g.Try("truncate", Posix.Resize(g.At("b"), 2));
        g.Note("sizes", $"{g.Stat("a").Size} {Ground.Stat(fd).Size}");
    }

    public static void Linking_and_unlinking_change_the_change_time(Ground g)
    {
        g.File("a");
        StatxBuffer before = g.Stat("a");
        Ground.LetTimePass();
        g.Try("link", Posix.Link(g.At("a"), g.At("b")));
        StatxBuffer linked = g.Stat("a");
        g.Moved("linked", before, linked);
        Ground.LetTimePass();
        g.Try("unlink", Posix.Unlink(g.At("b")));
        g.Moved("unlinked", linked, g.Stat("a"));
    }

    public static void Symlinks_that_lead_nowhere(Ground g)
    {
        Ground.Must(Posix.Symlink("nothing", g.At("dangling")));
        Ground.Must(Posix.Symlink("loop", g.At("loop")));
        Ground.Must(Posix.Symlink("there", g.At("here")));
        Ground.Must(Posix.Symlink("here", g.At("there")));
        g.Try("dangling", Posix.Open(g.At("dangling"), Flags.ReadOnly));
        g.Try("loop", Posix.Open(g.At("loop"), Flags.ReadOnly));
        g.Try("two", Posix.Open(g.At("here"), Flags.ReadOnly));
        g.Try("created through it", Posix.Open(g.At("dangling"), Flags.Create | Flags.WriteOnly));
        g.Try("which made", Posix.Stat(g.At("nothing"), out _));
        g.Try("exclusively", Posix.Open(g.At("loop"), Flags.Create | Flags.Exclusive | Flags.WriteOnly));
    }

    public static void Symlinks_absolute_relative_and_long(Ground g)
    {
        g.File("f", "target");
        g.Folder("d");
        Ground.Must(Posix.Symlink(g.At("f"), g.At("absolute")));
        Ground.Must(Posix.Symlink("../f", g.At("d/relative")));
        g.Note("absolute", g.Content("absolute"));
        g.Note("relative", g.Content("d/relative"));
        g.Try("of 4095", Posix.Symlink(new string('x', 4095), g.At("long")));
        g.Try("of 4096", Posix.Symlink(new string('x', 4096), g.At("longer")));
        g.Try("empty", Posix.Symlink("", g.At("empty")));
    }

    public static void A_symlinks_attributes(Ground g)
    {
        Ground.Must(Posix.Symlink("12345", g.At("s")));
        StatxBuffer stat = g.Stat("s");
        g.Note("stat", $"{Convert.ToString(stat.Mode, 8)} {stat.Size} {stat.Links}");
        byte[] buffer = new byte[3];
        g.Step("readlink cut short", Posix.ReadLink(g.At("s"), buffer));
        g.Try("no follow", Posix.Open(g.At("s"), Flags.ReadOnly | Flags.NoFollow));
        g.Try("chown", Posix.ChangeOwner(g.At("s"), 1001, 1001));
        g.Note("owner", g.Stat("s").Owner);
        g.Try("readlink of a directory", Posix.ReadLink(g.At(""), buffer));
    }

    public static void Symlinks_of_a_non_utf8_target(Ground g)
    {
        Ground.Must(Posix.Symlink("\u00ff\u00fe/\n", g.At("s")));
        byte[] buffer = new byte[16];
        long length = g.Step("readlink", Posix.ReadLink(g.At("s"), buffer));
        g.Note("bytes", Convert.ToHexString(buffer, 0, (int)length));
    }

    public static void Directories_count_their_children(Ground g)
    {
        g.Folder("d");
        g.Note("empty", g.Stat("d").Links);
        g.Folder("d/a");
        g.Folder("d/b");
        g.File("d/f");
        g.Note("two", g.Stat("d").Links);
        Ground.Must(Posix.RemoveDirectory(g.At("d/a")));
        g.Note("one", g.Stat("d").Links);
    }

    public static void Removals_that_fail(Ground g)
    {
        g.Folder("d");
        g.File("d/f");
        g.Try("unlink a directory", Posix.Unlink(g.At("d")));
        g.Try("rmdir a file", Posix.RemoveDirectory(g.At("d/f")));
        g.Try("rmdir a full one", Posix.RemoveDirectory(g.At("d")));
        g.Try("rmdir dot", Posix.RemoveDirectory(g.At("d/.")));
        g.Try("rmdir dot dot", Posix.RemoveDirectory(g.At("d/..")));
        g.Try("missing", Posix.Unlink(g.At("x")));
        g.Try("missing directory", Posix.RemoveDirectory(g.At("x")));
        g.Try("below a file", Posix.Unlink(g.At("d/f/x")));
    }

    public static void Making_what_exists(Ground g)
    {
        g.Folder("d");
        g.File("f");
        g.Try("directory", Posix.MakeDirectory(g.At("d")));
        g.Try("over a file", Posix.MakeDirectory(g.At("f")));
        g.Try("symlink", Posix.Symlink("x", g.At("f")));
        g.Try("fifo", Posix.MakeNode(g.At("f"), Flags.Fifo));
        g.Try("below nothing", Posix.MakeDirectory(g.At("x/y")));
        g.Try("below a file", Posix.MakeDirectory(g.At("f/y")));
    }

    public static void Fifos_and_sockets(Ground g)
    {
        g.Try("fifo", Posix.MakeNode(g.At("p"), Flags.Fifo | 0b110_100_000));
        g.Try("socket", Posix.MakeNode(g.At("s"), Flags.Socket | 0b110_100_000));
        g.Try("file by mknod", Posix.MakeNode(g.At("f"), 0x8000 | 0b110_100_000));
        g.Note("modes", $"{Convert.ToString(g.Stat("p").Mode, 8)} {Convert.ToString(g.Stat("s").Mode, 8)} {Convert.ToString(g.Stat("f").Mode, 8)}");
        long reader = g.Try("open to read", Posix.Open(g.At("p"), Flags.ReadOnly | Flags.NonBlocking));
        long writer = g.Try("open to write", Posix.Open(g.At("p"), Flags.WriteOnly | Flags.NonBlocking));
        g.Step("write", Posix.Write(writer, [1, 2, 3]));
        g.Step("read", Posix.Read(reader, new byte[8]));
        g.Try("open a socket", Posix.Open(g.At("s"), Flags.ReadOnly));
        g.Try("rename", Posix.Rename(g.At("p"), g.At("q")));
        g.Try("unlink", Posix.Unlink(g.At("s")));
    }

    public static void An_unnamed_file_gets_a_name(Ground g)
    {
        long fd = g.Try("open", Posix.Open(g.At(""), Flags.Unnamed | Flags.ReadWrite, 0b110_100_000));
        if (fd < 0)
            return;
        g.Step("write", Posix.Write(fd, "hidden"u8.ToArray()));
        g.Note("links", Ground.Stat(fd).Links);
        g.Try("link", Posix.Link($"/proc/self/fd/{fd}", g.At("f"), Flags.SymlinkFollow));
        g.Note("content", g.Content("f"));
        g.Note("file", $"{g.Stat("f").Links} {g.Mode("f")} {g.Stat("f").Inode == Ground.Stat(fd).Inode}");
    }

    public static void An_exclusive_unnamed_file_gets_none(Ground g)
    {
        long fd = g.Try("open", Posix.Open(g.At(""), Flags.Unnamed | Flags.Exclusive | Flags.ReadWrite));
        if (fd >= 0)
            g.Try("link", Posix.Link($"/proc/self/fd/{fd}", g.At("f"), Flags.SymlinkFollow));
        g.Try("read only", Posix.Open(g.At(""), Flags.Unnamed | Flags.ReadOnly));
    }

    public static void An_unlinked_file_lives_until_it_is_closed(Ground g)
    {
        g.File("f", "alive");
        long fd = g.Open("f", Flags.ReadWrite);
        g.Try("unlink", Posix.Unlink(g.At("f")));
        g.Note("content", Ground.Content(fd));
        g.Step("write", Posix.WriteAt(fd, "still "u8.ToArray(), 0));
        g.Try("resize", Posix.Resize(fd, 5));
        g.Try("chmod", Posix.ChangeMode(fd, 0b100_000_000));
        g.Try("fsync", Posix.Sync(fd));
        g.Note("then", $"{Ground.Content(fd)} links {Ground.Stat(fd).Links}");
        g.Try("punch", Posix.Allocate(fd, Flags.PunchHole | Flags.KeepSize, 0, 2));
        g.Note("punched", Ground.Content(fd));
        g.File("f", "another");
        g.Note("both", $"{g.Content("f")} {Ground.Content(fd)}");
        g.Try("link back", Posix.Link($"/proc/self/fd/{fd}", g.At("g"), Flags.SymlinkFollow));
    }

    public static void A_removed_directory_that_is_open(Ground g)
    {
        g.Folder("d");
        long fd = g.Open("d", Flags.Directory);
        g.Try("rmdir", Posix.RemoveDirectory(g.At("d")));
        g.Note("links", Ground.Stat(fd).Links);
        g.Step("list", Posix.Directory(fd, new byte[4096]));
        g.Try("create in it", Posix.Open($"/proc/self/fd/{fd}/x", Flags.Create | Flags.WriteOnly));
    }
}
