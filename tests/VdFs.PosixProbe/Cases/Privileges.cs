using VdFs.PosixProbe.Native;

namespace VdFs.PosixProbe.Cases;

/// <summary>What takes set-user-id, set-group-id and a file's capabilities away: each operation by each kind of caller on each mode.</summary>
internal static class Privileges
{
    private const uint Owner = 1001;
    private const uint Stranger = 1002;
    private const uint OfFile = 2000;
    private const uint Other = 2001;

    private static readonly uint[] Modes =
    [
        0b100_111_111_111, 0b010_111_111_111, 0b110_111_111_111, 0b110_110_110_110, 0b010_110_110_110, 0b110_111_110_111, 0b110_101_101_101,
    ];

    /// <summary>Name, user, group, further groups.</summary>
    private static readonly (string Name, uint User, uint Group, uint[] Groups)[] Callers =
    [
        ("root", 0, 0, []),
        ("owner", Owner, OfFile, []),
        ("owner outside", Owner, Other, []),
        ("member", Stranger, OfFile, []),
        ("further member", Stranger, Other, [OfFile]),
        ("stranger", Stranger, Other, []),
    ];

    public static void Set_ids_after_a_write(Ground g) =>
        Each(g, name => WithOpen(g, name, Flags.ReadWrite, fd => Posix.WriteAt(fd, [1], 0)));

    public static void Set_ids_after_a_second_write(Ground g)
    {
        foreach ((string name, uint user, uint group, uint[] groups) in Callers)
        {
            Make(g, 0b000_111_111_111);
            long fd = -1;
            Ground.As(user, group, () => fd = g.Open("f", Flags.ReadWrite), groups);
            Ground.As(user, group, () => g.Step($"{name}: write", Posix.WriteAt(fd, [1], 0)), groups);
            Ground.Must(Posix.ChangeMode(g.At("f"), 0b110_111_111_111));
            g.Note("set", g.Mode("f"));
            Ground.As(user, group, () => g.Step("again", Posix.WriteAt(fd, [2], 1)), groups);
            g.Note("mode", g.Mode("f"));
            Ground.Must(Posix.Close(fd));
        }
    }

    public static void Set_ids_after_a_direct_write(Ground g) =>
        Each(g, name => WithOpen(g, name, Flags.ReadWrite | Flags.Direct, fd =>
        {
            using var page = new AlignedPage();
            return page.WriteTo(fd, 0);
        }));

    public static void Set_ids_after_appending(Ground g) =>
        Each(g, name => WithOpen(g, name, Flags.ReadWrite | Flags.Append, fd => Posix.Write(fd, [1])));

    public static void Set_ids_after_a_write_of_nothing(Ground g) =>
        Each(g, name => WithOpen(g, name, Flags.ReadWrite, fd => Posix.WriteAt(fd, [], 0)));

    public static void Set_ids_after_truncation_by_name(Ground g) => Each(g, name => Posix.Resize(g.At(name), 3));

    public static void Set_ids_after_truncation_to_the_same_length(Ground g) => Each(g, name => Posix.Resize(g.At(name), 7));

    public static void Set_ids_after_truncation_of_an_open_file(Ground g) =>
        Each(g, name => WithOpen(g, name, Flags.ReadWrite, fd => Posix.Resize(fd, 3)));

    public static void Set_ids_after_opening_with_truncation(Ground g) =>
        Each(g, name => WithOpen(g, name, Flags.ReadWrite | Flags.Truncate, _ => 0));

    public static void Set_ids_after_creating_what_is_there(Ground g) =>
        Each(g, name => WithOpen(g, name, Flags.ReadWrite | Flags.Create, _ => 0));

    public static void Set_ids_after_allocation(Ground g) =>
        Each(g, name => WithOpen(g, name, Flags.ReadWrite, fd => Posix.Allocate(fd, 0, 0, 9000)));

    public static void Set_ids_after_punching(Ground g) =>
        Each(g, name => WithOpen(g, name, Flags.ReadWrite, fd => Posix.Allocate(fd, Flags.PunchHole | Flags.KeepSize, 0, 4)));

    public static void Set_ids_after_zeroing(Ground g) =>
        Each(g, name => WithOpen(g, name, Flags.ReadWrite, fd => Posix.Allocate(fd, Flags.ZeroRange, 0, 4)));

    public static void Set_ids_after_copying_into_it(Ground g)
    {
        g.File("source");
        Each(g, name => WithOpen(g, name, Flags.ReadWrite, fd => WithOpen(g, "source", Flags.ReadOnly, from => Posix.CopyRange(from, 0, fd, 0, 4))));
    }

    public static void Set_ids_after_sending_into_it(Ground g)
    {
        g.File("source");
        Each(g, name => WithOpen(g, name, Flags.ReadWrite, fd => WithOpen(g, "source", Flags.ReadOnly, from => Posix.SendFile(fd, from, 0, 4))));
    }

    public static void Set_ids_after_a_change_of_owner_to_nobody_by_the_owner(Ground g) =>
        Each(g, name => Posix.ChangeOwner(g.At(name), -1, -1), Callers.AsSpan(1, 2));

    public static void Set_ids_after_a_change_of_owner_to_nobody_by_others(Ground g)
    {
        Make(g, 0b110_111_111_111);
        g.Try("root", Posix.ChangeOwner(g.At("f"), -1, -1));
        g.Note("mode", g.Mode("f"));
        Make(g, 0b110_111_111_111);
        Ground.As(Stranger, Other, () => g.Try("stranger", Posix.ChangeOwner(g.At("f"), -1, -1)));
        g.Note("mode", g.Mode("f"));
    }

    public static void Set_ids_after_a_change_of_owner_to_the_same(Ground g) => Each(g, name => Posix.ChangeOwner(g.At(name), Owner, -1));

    public static void Set_ids_after_a_change_of_group(Ground g) => Each(g, name => Posix.ChangeOwner(g.At(name), -1, Other));

    public static void Set_ids_after_a_change_of_mode(Ground g) => Each(g, name => Posix.ChangeMode(g.At(name), 0b110_111_111_101));

    public static void Set_ids_after_a_change_of_times(Ground g) => Each(g, name => Posix.SetTimes(g.At(name), null));

    public static void Set_ids_after_an_extended_attribute(Ground g) => Each(g, name => Posix.SetAttribute(g.At(name), "user.x", [1]));

    public static void Set_ids_after_an_access_list(Ground g) => Each(g, name => Posix.SetAttribute(g.At(name), "system.posix_acl_access", AccessList));

    public static void Set_ids_after_another_name(Ground g) => Each(g, name =>
    {
        long linked = Posix.Link(g.At(name), g.At("second"));
        _ = Posix.Unlink(g.At("second"));
        return linked;
    });

    /// <summary>u::rwx, u:1003:rwx, g::rwx, m::rwx, o::r-x as the kernel lays it out (version 2, then tag, permission, id).</summary>
    private static byte[] AccessList { get; } =
    [
        2, 0, 0, 0,
        1, 0, 7, 0, 255, 255, 255, 255, 2, 0, 7, 0, 235, 3, 0, 0, 4, 0, 7, 0, 255, 255, 255, 255,
        16, 0, 7, 0, 255, 255, 255, 255, 32, 0, 5, 0, 255, 255, 255, 255,
    ];

    private static void Each(Ground g, Func<string, long> operation) => Each(g, operation, Callers);

    private static void Each(Ground g, Func<string, long> operation, ReadOnlySpan<(string Name, uint User, uint Group, uint[] Groups)> callers)
    {
        foreach ((string name, uint user, uint group, uint[] groups) in callers)
        {
            foreach (uint mode in Modes)
            {
                Make(g, mode);
                string before = g.Mode("f");
                long result = 0;
                Ground.As(user, group, () => result = operation("f"), groups);
                string alone = Convert.ToString(Ground.Must(Posix.ModeOf(g.At("f"))), 8);
                if (alone != g.Mode("f"))
                    g.Note("remembered", alone);
                bool capability = Posix.GetAttribute(g.At("f"), "security.capability", new byte[64]) >= 0;
                g.Note($"{name} {before}", $"{(result < 0 ? Posix.ErrorName(result) : "ok")} {g.Mode("f")}{(capability ? "+cap" : "")}");
            }
        }
    }

    /// <summary>A file of seven bytes with a capability, made anew.</summary>
    private static void Make(Ground g, uint mode)
    {
        _ = Posix.Unlink(g.At("f"));
        g.File("f");
        Ground.Must(Posix.ChangeOwner(g.At("f"), Owner, OfFile));
        Ground.Must(Posix.SetAttribute(g.At("f"), "security.capability", Capability));
        Ground.Must(Posix.ChangeMode(g.At("f"), mode));
    }

    /// <summary>cap_net_raw, permitted and effective, revision 2.</summary>
    private static byte[] Capability { get; } = [1, 0, 0, 2, 0, 32, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    private static long WithOpen(Ground g, string name, int flags, Func<long, long> use)
    {
        long fd = Posix.Open(g.At(name), flags);
        if (fd < 0)
            return fd;
        long result = use(fd);
        Ground.Must(Posix.Close(fd));
        return result;
    }
}
