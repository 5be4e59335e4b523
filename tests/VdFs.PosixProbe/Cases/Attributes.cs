using System.Text;
using VdFs.PosixProbe.Native;

namespace VdFs.PosixProbe.Cases;

/// <summary>Extended attributes and POSIX access lists.</summary>
internal static class Attributes
{
    private const uint Alice = 1001;

    public static void Attributes_are_set_read_listed_and_removed(Ground g)
    {
        g.File("f");
        g.Try("set", Posix.SetAttribute(g.At("f"), "user.one", "first"u8.ToArray()));
        g.Try("set", Posix.SetAttribute(g.At("f"), "user.two", "second"u8.ToArray()));
        g.Note("get", Get(g, "f", "user.one"));
        g.Note("list", List(g, "f"));
        g.Try("change", Posix.SetAttribute(g.At("f"), "user.one", "changed to something longer"u8.ToArray()));
        g.Note("get", Get(g, "f", "user.one"));
        g.Try("remove", Posix.RemoveAttribute(g.At("f"), "user.one"));
        g.Note("get", Get(g, "f", "user.one"));
        g.Try("remove again", Posix.RemoveAttribute(g.At("f"), "user.one"));
        g.Note("list", List(g, "f"));
    }

    public static void Attributes_are_created_or_replaced(Ground g)
    {
        g.File("f");
        g.Try("replace what isn't there", Posix.SetAttribute(g.At("f"), "user.x", [1], Flags.AttributeReplace));
        g.Try("create", Posix.SetAttribute(g.At("f"), "user.x", [1], Flags.AttributeCreate));
        g.Try("create again", Posix.SetAttribute(g.At("f"), "user.x", [2], Flags.AttributeCreate));
        g.Try("replace", Posix.SetAttribute(g.At("f"), "user.x", [3], Flags.AttributeReplace));
        g.Try("unknown flag", Posix.SetAttribute(g.At("f"), "user.x", [3], 64));
    }

    public static void Sizes_of_attributes(Ground g)
    {
        g.File("f");
        g.Try("set", Posix.SetAttribute(g.At("f"), "user.x", new byte[100]));
        g.Step("size", Posix.GetAttribute(g.At("f"), "user.x", []));
        g.Step("too small", Posix.GetAttribute(g.At("f"), "user.x", new byte[99]));
        g.Step("large enough", Posix.GetAttribute(g.At("f"), "user.x", new byte[200]));
        g.Step("list size", Posix.ListAttributes(g.At("f"), []));
        g.Step("list too small", Posix.ListAttributes(g.At("f"), new byte[3]));
        g.Try("empty", Posix.SetAttribute(g.At("f"), "user.empty", []));
        g.Step("empty", Posix.GetAttribute(g.At("f"), "user.empty", new byte[10]));
    }

    public static void Large_attributes(Ground g)
    {
        g.File("f");
        g.Try("3000", Posix.SetAttribute(g.At("f"), "user.x", new byte[3000]));
        g.Step("get", Posix.GetAttribute(g.At("f"), "user.x", new byte[4096]));
        g.Try("65537", Posix.SetAttribute(g.At("f"), "user.y", new byte[65537]));
        g.Try("long name", Posix.SetAttribute(g.At("f"), "user." + new string('n', 250), [1]));
        g.Try("too long a name", Posix.SetAttribute(g.At("f"), "user." + new string('n', 251), [1]));
        g.Try("no name", Posix.SetAttribute(g.At("f"), "", [1]));
    }

    public static void Namespaces_of_attributes(Ground g)
    {
        g.File("f", mode: 0b110_110_110);
        g.Try("trusted", Posix.SetAttribute(g.At("f"), "trusted.x", [1]));
        g.Try("security", Posix.SetAttribute(g.At("f"), "security.x", [1]));
        g.Try("system", Posix.SetAttribute(g.At("f"), "system.x", [1]));
        g.Try("none", Posix.SetAttribute(g.At("f"), "x", [1]));
        g.Note("root sees", List(g, "f"));
        Ground.As(Alice, Alice, () =>
        {
            g.Try("user by another", Posix.SetAttribute(g.At("f"), "user.x", [1]));
            g.Try("trusted by another", Posix.SetAttribute(g.At("f"), "trusted.y", [1]));
            g.Note("another sees", List(g, "f"));
        });
    }

    public static void Attributes_of_other_kinds_of_files(Ground g)
    {
        g.Folder("d");
        Ground.Must(Posix.Symlink("d", g.At("s")));
        Ground.Must(Posix.MakeNode(g.At("p"), Flags.Fifo | 0b110_000_000));
        g.Try("directory", Posix.SetAttribute(g.At("d"), "user.x", [1]));
        g.Try("symlink", Posix.SetAttribute(g.At("s"), "user.x", [1]));
        g.Try("symlink, trusted", Posix.SetAttribute(g.At("s"), "trusted.x", [1]));
        g.Try("fifo", Posix.SetAttribute(g.At("p"), "user.x", [1]));
        g.Try("missing", Posix.SetAttribute(g.At("m"), "user.x", [1]));
    }

    public static void Attributes_need_permission(Ground g)
    {
        g.File("f", mode: 0b110_000_000);
        Ground.Must(Posix.SetAttribute(g.At("f"), "user.x", [1]));
        Ground.As(Alice, Alice, () =>
        {
            g.Try("get", Posix.GetAttribute(g.At("f"), "user.x", new byte[10]));
            g.Try("set", Posix.SetAttribute(g.At("f"), "user.x", [2]));
            g.Try("remove", Posix.RemoveAttribute(g.At("f"), "user.x"));
        });
    }

    public static void Attributes_go_along_with_a_rename_and_a_link(Ground g)
    {
        g.File("a");
        Ground.Must(Posix.SetAttribute(g.At("a"), "user.x", "kept"u8.ToArray()));
        Ground.Must(Posix.Link(g.At("a"), g.At("l")));
        Ground.Must(Posix.Rename(g.At("a"), g.At("b")));
        g.Note("both", Get(g, "b", "user.x") + Get(g, "l", "user.x"));
    }

    public static void Writing_clears_file_capabilities(Ground g)
    {
        g.File("f", mode: 0b111_111_111);
        // vfs_cap_data, revision 2: CAP_NET_RAW permitted.
        byte[] capability = [0, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        g.Try("set", Posix.SetAttribute(g.At("f"), "security.capability", capability));
        long fd = g.Open("f", Flags.WriteOnly);
        g.Step("write", Posix.Write(fd, [1]));
        g.Step("get", Posix.GetAttribute(g.At("f"), "security.capability", new byte[64]));
    }

    public static void An_access_list_lets_a_named_user_in(Ground g)
    {
        g.File("f", mode: 0b110_000_000);
        g.Shell("setfacl", "setfacl -m u:1001:rw f");
        Ground.As(Alice, Alice, () => g.Try("named", Posix.Open(g.At("f"), Flags.ReadWrite)));
        Ground.As(1002, 1002, () => g.Try("another", Posix.Open(g.At("f"), Flags.ReadOnly)));
        g.Shell("getfacl", "getfacl -cn f");
        g.Note("mode", g.Mode("f"));
    }

    public static void Changing_the_mode_changes_the_mask(Ground g)
    {
        g.File("f", mode: 0b110_100_000);
        g.Shell("setfacl", "setfacl -m u:1001:rw,g:2000:r f");
        g.Try("chmod", Posix.ChangeMode(g.At("f"), 0b110_100_000));
        g.Shell("getfacl", "getfacl -cn f");
        Ground.As(Alice, Alice, () => g.Try("masked", Posix.Open(g.At("f"), Flags.ReadWrite)));
    }

    public static void A_default_access_list_is_handed_on(Ground g)
    {
        g.Folder("d");
        g.Shell("setfacl", "setfacl -d -m u:1001:rwx,g::rx,o::- d");
        uint former = Libc.umask(0b000_111_111);
        g.Try("file", Posix.Open(g.At("d/f"), Flags.Create | Flags.WriteOnly, 0b110_110_110));
        g.Try("directory", Posix.MakeDirectory(g.At("d/e"), 0b111_111_111));
        g.Try("fifo", Posix.MakeNode(g.At("d/p"), Flags.Fifo | 0b110_110_110));
        _ = Libc.umask(former);
        g.Shell("getfacl", "getfacl -cn d/f d/e d/p");
        Ground.As(Alice, Alice, () => g.Try("named", Posix.Open(g.At("d/f"), Flags.ReadWrite)));
    }

    public static void An_access_list_is_removed(Ground g)
    {
        g.File("f");
        g.Shell("setfacl", "setfacl -m u:1001:rw f && setfacl -b f");
        g.Shell("getfacl", "getfacl -cn f");
        g.Note("list", List(g, "f"));
    }

    private static string Get(Ground g, string file, string name)
    {
        byte[] value = new byte[4096];
        long length = Posix.GetAttribute(g.At(file), name, value);
        return length < 0 ? Posix.ErrorName(length) : Encoding.Latin1.GetString(value, 0, (int)length);
    }

    private static string List(Ground g, string file)
    {
        byte[] names = new byte[4096];
        long length = Posix.ListAttributes(g.At(file), names);
        return length < 0
            ? Posix.ErrorName(length)
            : string.Join(',', Encoding.Latin1.GetString(names, 0, (int)length).Split('\0', StringSplitOptions.RemoveEmptyEntries).Order());
    }
}
