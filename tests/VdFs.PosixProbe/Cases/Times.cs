using VdFs.PosixProbe.Native;

namespace VdFs.PosixProbe.Cases;

/// <summary>Access, modification and change times.</summary>
internal static class Times
{
    public static void Times_keep_their_nanoseconds(Ground g)
    {
        g.File("f");
        g.Try("set", Posix.SetTimes(g.At("f"), [1234567890, 123456789, 1600000000, 987654321]));
        g.Note("times", $"{g.Stat("f").Access} {g.Stat("f").Modification}");
    }

    public static void Times_before_1970_and_after_2038(Ground g)
    {
        g.File("f");
        g.Try("set", Posix.SetTimes(g.At("f"), [-1000, 5, 5_000_000_000, 6]));
        g.Note("times", $"{g.Stat("f").Access} {g.Stat("f").Modification}");
    }

    public static void One_of_both_times_is_set(Ground g)
    {
        g.File("f");
        Ground.Must(Posix.SetTimes(g.At("f"), [100, 1, 200, 2]));
        g.Try("omit access", Posix.SetTimes(g.At("f"), [0, Flags.TimeOmit, 300, 3]));
        g.Note("times", $"{g.Stat("f").Access} {g.Stat("f").Modification}");
        g.Try("now", Posix.SetTimes(g.At("f"), [400, 4, 0, Flags.TimeNow]));
        g.Note("times", $"{g.Stat("f").Access} {g.Stat("f").Modification.Seconds > 1_000_000}");
        g.Try("bad", Posix.SetTimes(g.At("f"), [0, 1_000_000_000, 0, 0]));
    }

    public static void Times_of_a_symlink_and_by_descriptor(Ground g)
    {
        g.File("f");
        Ground.Must(Posix.Symlink("f", g.At("s")));
        g.Try("symlink", Posix.SetTimes(g.At("s"), [10, 1, 20, 2]));
        g.Note("symlink", $"{g.Stat("s").Modification}");
        long fd = g.Open("f", Flags.ReadOnly);
        g.Try("descriptor", Posix.SetTimes(fd, [30, 3, 40, 4]));
        g.Note("file", $"{g.Stat("f").Access} {Ground.Stat(fd).Modification}");
    }

    public static void Writing_moves_modification_and_change_time(Ground g) => Watch(g, fd => Posix.WriteAt(fd, [1], 0));

    public static void Truncating_moves_modification_and_change_time(Ground g) => Watch(g, fd => Posix.Resize(fd, 2));

    public static void Truncating_to_the_same_size(Ground g) => Watch(g, fd => Posix.Resize(fd, 7));

    public static void Truncating_by_open_moves_times(Ground g) =>
        Watch(g, _ => Posix.Open(g.At("f"), Flags.WriteOnly | Flags.Truncate));

    public static void Allocating_moves_times(Ground g) => Watch(g, fd => Posix.Allocate(fd, 0, 0, 100_000));

    public static void Punching_moves_times(Ground g) =>
        Watch(g, fd => Posix.Allocate(fd, Flags.PunchHole | Flags.KeepSize, 0, 4));

    public static void Changing_the_mode_moves_the_change_time(Ground g) => Watch(g, _ => Posix.ChangeMode(g.At("f"), 0b110_000_000));

    public static void Changing_the_owner_moves_the_change_time(Ground g) => Watch(g, _ => Posix.ChangeOwner(g.At("f"), 5, 6));

    public static void Setting_an_attribute_moves_the_change_time(Ground g) =>
        Watch(g, _ => Posix.SetAttribute(g.At("f"), "user.x", [1]));

    public static void Writing_nothing_moves_no_time(Ground g) => Watch(g, fd => Posix.WriteAt(fd, [], 0));

    public static void Opening_and_closing_moves_no_time(Ground g) =>
        Watch(g, _ => Posix.Close(Posix.Open(g.At("f"), Flags.ReadWrite)));

    public static void Names_move_the_times_of_their_directory(Ground g)
    {
        g.Folder("d");
        Step("create", () => g.File("d/f"));
        Step("unlink", () => Ground.Must(Posix.Unlink(g.At("d/f"))));
        Step("mkdir", () => g.Folder("d/e"));
        Step("rmdir", () => Ground.Must(Posix.RemoveDirectory(g.At("d/e"))));
        Step("symlink", () => Ground.Must(Posix.Symlink("x", g.At("d/s"))));

        void Step(string label, Action action)
        {
            StatxBuffer before = g.Stat("d");
            Ground.LetTimePass();
            action();
            g.Moved(label, before, g.Stat("d"));
        }
    }

    public static void Reading_moves_an_old_access_time(Ground g)
    {
        g.File("f");
        Ground.Must(Posix.SetTimes(g.At("f"), [1000, 0, 2000, 0]));
        g.Note("content", g.Content("f"));
        g.Note("moved", g.Stat("f").Access.Seconds > 2000);
    }

    public static void There_is_a_birth_time(Ground g)
    {
        g.File("f");
        Ground.Must(Posix.SetTimes(g.At("f"), [1000, 0, 2000, 0]));
        g.Note("has one", (g.Stat("f").Mask & 0x800) != 0 && g.Stat("f").Birth.Seconds > 1_000_000);
    }

    private static void Watch(Ground g, Func<long, long> action)
    {
        g.File("f");
        long fd = g.Open("f", Flags.ReadWrite);
        StatxBuffer before = g.Stat("f");
        Ground.LetTimePass();
        g.Try("done", action(fd));
        g.Moved("moved", before, g.Stat("f"));
        g.Note("descriptor agrees", Ground.Stat(fd).Modification.ToString() == g.Stat("f").Modification.ToString());
    }
}
