namespace VdFs.PosixProbe.Cases;

/// <summary>Flags of files, as chattr(1) and lsattr(1) set and show them.</summary>
internal static class FileFlags
{
    public static void Flags_are_set_and_shown(Ground g)
    {
        g.File("f");
        g.Folder("d");
        g.Shell("set", "chattr +Ad f && chattr +d d");
        g.Shell("show", "lsattr f; lsattr -d d");
        g.Shell("clear", "chattr -A f && lsattr f");
        g.Shell("pipe", "(mkfifo p && lsattr p; chattr +d p)");
    }

    public static void An_immutable_file_stays_as_it_is(Ground g)
    {
        g.File("f");
        g.Shell("set", "chattr +i f && lsattr f");
        g.Shell("write", "(echo more >>f)");
        g.Shell("truncate", "truncate -s 1 f");
        g.Shell("chmod", "chmod 600 f");
        g.Shell("rename", "mv f g");
        g.Shell("link", "ln f g");
        g.Shell("delete", "rm -f f");
        g.Shell("read", "cat f");
        g.Shell("clear", "chattr -i f && echo more >>f && cat f && rm f");
    }

    public static void The_names_in_an_immutable_folder_stay(Ground g)
    {
        g.Folder("d");
        g.File("d/f");
        g.Shell("set", "chattr +i d");
        g.Shell("make", "(touch d/g; mkdir d/h)");
        g.Shell("delete", "(rm d/f; mv d/f f)");
        g.Shell("write", "echo more >>d/f && cat d/f");
        g.Shell("clear", "chattr -i d && rm d/f");
    }

    public static void Flags_are_changed_by_the_owner_and_by_root(Ground g)
    {
        g.File("f", mode: 0b110_110_110);
        const string AsAlice = "setpriv --reuid=1001 --regid=1001 --clear-groups chattr +d f";
        g.Shell("another", AsAlice);
        g.Shell("owner", $"chown 1001 f && {AsAlice}");
        g.Shell("shown", "lsattr f");
    }

    public static void An_append_only_file(Ground g)
    {
        g.File("f");
        g.Shell("set", "chattr +a f");
        g.Shell("append", "echo more >>f");
        g.Shell("clear", "chattr -a f");
    }
}
