using VdFs.PosixProbe.Native;

namespace VdFs.PosixProbe.Cases;

/// <summary>Who may do what, and to whom new files belong.</summary>
internal static class Permissions
{
    private const uint Alice = 1001;
    private const uint Bob = 1002;
    private const uint Shared = 2000;

    public static void A_private_file_is_closed_to_others(Ground g)
    {
        g.File("f", mode: 0b110_000_000);
        Ground.As(Alice, Alice, () =>
        {
            g.Try("read", Posix.Open(g.At("f"), Flags.ReadOnly));
            g.Try("write", Posix.Open(g.At("f"), Flags.WriteOnly));
            g.Try("truncate", Posix.Resize(g.At("f"), 0));
            g.Try("access", Posix.Access(g.At("f"), 4));
        });
    }

    public static void A_readable_file_is_not_writable(Ground g)
    {
        g.File("f");
        Ground.As(Alice, Alice, () =>
        {
            g.Try("read", Posix.Open(g.At("f"), Flags.ReadOnly));
            g.Try("write", Posix.Open(g.At("f"), Flags.ReadWrite));
            g.Try("open with truncation", Posix.Open(g.At("f"), Flags.ReadOnly | Flags.Truncate));
        });
        g.Note("content", g.Content("f"));
    }

    public static void A_group_member_may_write(Ground g)
    {
        g.File("f", mode: 0b110_110_000);
        Ground.Must(Posix.ChangeOwner(g.At("f"), Bob, Shared));
        Ground.As(Alice, Shared, () => g.Try("by group", Posix.Open(g.At("f"), Flags.ReadWrite)));
        Ground.As(Alice, Alice, () => g.Try("stranger", Posix.Open(g.At("f"), Flags.ReadWrite)));
    }

    public static void A_supplementary_group_counts(Ground g)
    {
        g.File("f", mode: 0b110_110_000);
        Ground.Must(Posix.ChangeOwner(g.At("f"), Bob, Shared));
        Ground.As(Alice, Alice, () => g.Try("open", Posix.Open(g.At("f"), Flags.ReadWrite)), Shared);
    }

    public static void The_owner_is_bound_by_the_owners_bits(Ground g)
    {
        g.File("f", mode: 0b000_111_111);
        Ground.Must(Posix.ChangeOwner(g.At("f"), Alice, Alice));
        Ground.As(Alice, Alice, () => g.Try("open", Posix.Open(g.At("f"), Flags.ReadOnly)));
        Ground.As(Bob, Bob, () => g.Try("another", Posix.Open(g.At("f"), Flags.ReadOnly)));
    }

    public static void A_directory_needs_search_permission(Ground g)
    {
        g.Folder("d", 0b111_100_100);
        g.File("d/f");
        Ground.As(Alice, Alice, () =>
        {
            g.Try("list", Posix.Open(g.At("d"), Flags.Directory));
            g.Try("open inside", Posix.Open(g.At("d/f"), Flags.ReadOnly));
            g.Try("stat inside", Posix.Stat(g.At("d/f"), out _));
        });
    }

    public static void A_directory_without_read_permission_can_be_passed(Ground g)
    {
        g.Folder("d", 0b111_001_001);
        g.File("d/f");
        Ground.As(Alice, Alice, () =>
        {
            g.Try("list", Posix.Open(g.At("d"), Flags.Directory));
            g.Try("open inside", Posix.Open(g.At("d/f"), Flags.ReadOnly));
        });
    }

    public static void Names_change_only_with_write_permission(Ground g)
    {
        g.Folder("d");
        g.File("d/f");
        Ground.As(Alice, Alice, () =>
        {
            g.Try("create", Posix.Open(g.At("d/new"), Flags.Create | Flags.WriteOnly));
            g.Try("mkdir", Posix.MakeDirectory(g.At("d/sub")));
            g.Try("unlink", Posix.Unlink(g.At("d/f")));
            g.Try("rename", Posix.Rename(g.At("d/f"), g.At("d/g")));
            g.Try("link", Posix.Link(g.At("d/f"), g.At("d/h")));
            g.Try("symlink", Posix.Symlink("f", g.At("d/s")));
            g.Try("mknod", Posix.MakeNode(g.At("d/p"), Flags.Fifo | 0b110_000_000));
        });
    }

    public static void A_sticky_directory_protects_names(Ground g)
    {
        g.Folder("d", 0b1_111_111_111);
        g.File("d/roots");
        g.File("d/alices");
        Ground.Must(Posix.ChangeOwner(g.At("d/alices"), Alice, Alice));
        Ground.As(Bob, Bob, () =>
        {
            g.Try("unlink root's", Posix.Unlink(g.At("d/roots")));
            g.Try("unlink Alice's", Posix.Unlink(g.At("d/alices")));
            g.Try("rename", Posix.Rename(g.At("d/alices"), g.At("d/bobs")));
            g.Try("create", Posix.Open(g.At("d/own"), Flags.Create | Flags.WriteOnly));
            g.Try("replace", Posix.Rename(g.At("d/own"), g.At("d/alices")));
            g.Try("remove own", Posix.Unlink(g.At("d/own")));
        });
        Ground.As(Alice, Alice, () => g.Try("by owner", Posix.Unlink(g.At("d/alices"))));
    }

    public static void The_owner_of_a_sticky_directory_may_remove(Ground g)
    {
        g.Folder("d", 0b1_111_111_111);
        g.File("d/f");
        Ground.Must(Posix.ChangeOwner(g.At("d"), Alice, Alice));
        Ground.As(Alice, Alice, () => g.Try("unlink", Posix.Unlink(g.At("d/f"))));
    }

    public static void Only_the_owner_changes_the_mode(Ground g)
    {
        g.File("f", mode: 0b110_110_110);
        Ground.As(Alice, Alice, () => g.Try("chmod", Posix.ChangeMode(g.At("f"), 0b111_111_111)));
        Ground.Must(Posix.ChangeOwner(g.At("f"), Alice, Alice));
        Ground.As(Alice, Alice, () => g.Try("own", Posix.ChangeMode(g.At("f"), 0b110_000_000)));
        g.Note("mode", g.Mode("f"));
    }

    public static void Owners_are_changed_by_root_alone(Ground g)
    {
        g.File("f");
        Ground.Must(Posix.ChangeOwner(g.At("f"), Alice, Alice));
        Ground.As(Alice, Alice, () =>
        {
            g.Try("give away", Posix.ChangeOwner(g.At("f"), Bob, -1));
            g.Try("to a strange group", Posix.ChangeOwner(g.At("f"), -1, 4000));
            g.Try("to an own group", Posix.ChangeOwner(g.At("f"), -1, Shared));
            g.Try("to itself", Posix.ChangeOwner(g.At("f"), Alice, -1));
        }, Shared);
        g.Note("owner", $"{g.Stat("f").Owner}:{g.Stat("f").Group}");
    }

    public static void Changing_the_owner_clears_set_id_bits(Ground g)
    {
        g.File("f", mode: 0b110_111_101_101);
        Ground.As(0, 0, () => g.Try("chown by root", Posix.ChangeOwner(g.At("f"), Alice, Alice)));
        g.Note("mode", g.Mode("f"));
        Ground.Must(Posix.ChangeMode(g.At("f"), 0b110_111_101_101));
        Ground.As(Alice, Alice, () => g.Try("chgrp by owner", Posix.ChangeOwner(g.At("f"), -1, Shared)), Shared);
        g.Note("mode", g.Mode("f"));
    }

    public static void Set_group_id_without_group_execution_stays_at_chown(Ground g)
    {
        g.File("f", mode: 0b010_110_100_100);
        g.Try("chown", Posix.ChangeOwner(g.At("f"), Alice, Alice));
        g.Note("mode", g.Mode("f"));
    }

    public static void Writing_clears_set_id_bits(Ground g)
    {
        g.File("f", mode: 0b110_111_111_111);
        Ground.As(Alice, Alice, () =>
        {
            long fd = g.Try("open", Posix.Open(g.At("f"), Flags.WriteOnly));
            g.Step("write", Posix.Write(fd, [1]));
        });
        g.Note("mode", g.Mode("f"));
    }

    public static void Truncating_clears_set_id_bits(Ground g)
    {
        g.File("f", mode: 0b110_111_111_111);
        Ground.As(Alice, Alice, () => g.Try("truncate", Posix.Resize(g.At("f"), 2)));
        g.Note("mode", g.Mode("f"));
        Ground.Must(Posix.ChangeMode(g.At("f"), 0b110_111_111_111));
        Ground.As(Alice, Alice, () => g.Try("open", Posix.Open(g.At("f"), Flags.WriteOnly | Flags.Truncate)));
        g.Note("mode", g.Mode("f"));
    }

    public static void Allocating_clears_set_id_bits(Ground g)
    {
        g.File("f", mode: 0b110_111_111_111);
        Ground.As(Alice, Alice, () =>
        {
            long fd = g.Try("open", Posix.Open(g.At("f"), Flags.WriteOnly));
            g.Try("allocate", Posix.Allocate(fd, 0, 0, 8192));
        });
        g.Note("mode", g.Mode("f"));
    }

    public static void Writing_by_root_keeps_set_id_bits(Ground g)
    {
        g.File("f", mode: 0b110_111_111_111);
        long fd = g.Open("f", Flags.WriteOnly);
        g.Step("write", Posix.Write(fd, [1]));
        g.Note("mode", g.Mode("f"));
    }

    public static void New_files_belong_to_the_caller(Ground g)
    {
        g.Folder("d", 0b111_111_111);
        Ground.As(Alice, Shared, () =>
        {
            g.Try("file", Posix.Open(g.At("d/f"), Flags.Create | Flags.WriteOnly));
            g.Try("directory", Posix.MakeDirectory(g.At("d/d")));
            g.Try("symlink", Posix.Symlink("f", g.At("d/s")));
            g.Try("fifo", Posix.MakeNode(g.At("d/p"), Flags.Fifo | 0b110_000_000));
        });
        foreach (string name in new[] { "f", "d", "s", "p" })
            g.Note(name, $"{g.Stat("d/" + name).Owner}:{g.Stat("d/" + name).Group}");
    }

    public static void A_set_group_id_directory_hands_on_its_group(Ground g)
    {
        g.Folder("d", 0b111_111_111);
        Ground.Must(Posix.ChangeOwner(g.At("d"), 0, Shared));
        Ground.Must(Posix.ChangeMode(g.At("d"), 0b010_111_111_111));
        Ground.As(Alice, Alice, () =>
        {
            g.Try("file", Posix.Open(g.At("d/f"), Flags.Create | Flags.WriteOnly, 0b110_110_100));
            g.Try("set-group-id file", Posix.Open(g.At("d/g"), Flags.Create | Flags.WriteOnly, 0b010_111_111_101));
            g.Try("directory", Posix.MakeDirectory(g.At("d/d")));
        });
        foreach (string name in new[] { "f", "g", "d" })
            g.Note(name, $"{g.Stat("d/" + name).Group} {g.Mode("d/" + name)}");
    }

    public static void Set_group_id_needs_membership(Ground g)
    {
        g.File("f");
        Ground.Must(Posix.ChangeOwner(g.At("f"), Alice, Shared));
        Ground.As(Alice, Alice, () => g.Try("chmod", Posix.ChangeMode(g.At("f"), 0b010_111_101_101)));
        g.Note("mode", g.Mode("f"));
    }

    public static void The_umask_applies_to_all_that_is_made(Ground g)
    {
        uint former = Libc.umask(0b000_111_101);
        g.Try("open", Posix.Open(g.At("f"), Flags.Create | Flags.WriteOnly, 0b111_111_111));
        g.Try("mkdir", Posix.MakeDirectory(g.At("d"), 0b1_111_111_111));
        g.Try("mknod", Posix.MakeNode(g.At("p"), Flags.Fifo | 0b111_111_111));
        _ = Libc.umask(former);
        g.Note("modes", $"{g.Mode("f")} {g.Mode("d")} {g.Mode("p")}");
    }

    public static void Modes_of_new_directories_keep_only_allowed_bits(Ground g)
    {
        g.Try("mkdir", Posix.MakeDirectory(g.At("d"), 0b111_111_111_111));
        g.Note("mode", g.Mode("d"));
    }

    public static void Root_passes_all_bits_but_execution(Ground g)
    {
        g.File("f", mode: 0);
        g.Try("open", Posix.Open(g.At("f"), Flags.ReadWrite));
        g.Try("execute", Posix.Access(g.At("f"), 1));
        Ground.Must(Posix.ChangeMode(g.At("f"), 0b000_000_001));
        g.Try("execute with one bit", Posix.Access(g.At("f"), 1));
    }

    public static void A_script_runs_only_with_its_bit(Ground g)
    {
        g.File("script", "#!/bin/sh\necho ran\n");
        g.Shell("without", "./script");
        Ground.Must(Posix.ChangeMode(g.At("script"), 0b111_101_101));
        g.Shell("with", "./script");
    }

    public static void Setting_times_needs_ownership_or_write_permission(Ground g)
    {
        g.File("writable", mode: 0b110_110_110);
        g.File("readable");
        Ground.As(Alice, Alice, () =>
        {
            g.Try("now, writable", Posix.SetTimes(g.At("writable"), null));
            g.Try("a time, writable", Posix.SetTimes(g.At("writable"), [1, 0, 1, 0]));
            g.Try("now, readable", Posix.SetTimes(g.At("readable"), null));
        });
    }

    public static void Reading_without_access_time_needs_ownership(Ground g)
    {
        g.File("f");
        g.Try("owner", Posix.Open(g.At("f"), Flags.ReadOnly | Flags.NoAccessTime));
        Ground.As(Alice, Alice, () => g.Try("another", Posix.Open(g.At("f"), Flags.ReadOnly | Flags.NoAccessTime)));
    }

    public static void Device_nodes_are_made_by_root_alone(Ground g)
    {
        g.Folder("d", 0b111_111_111);
        Ground.As(Alice, Alice, () => g.Try("another", Posix.MakeNode(g.At("d/n"), Flags.CharacterDevice | 0b110_000_000, 0x103)));
        g.Try("root", Posix.MakeNode(g.At("d/n"), Flags.CharacterDevice | 0b110_000_000, 0x103));
        g.Note("device", $"{g.Stat("d/n").RawDeviceMajor}:{g.Stat("d/n").RawDeviceMinor} {Convert.ToString(g.Stat("d/n").Mode, 8)}");
    }

    public static void A_descriptor_outlives_the_loss_of_permission(Ground g)
    {
        g.File("f", mode: 0b110_110_110);
        long fd = -1;
        Ground.As(Alice, Alice, () => fd = g.Open("f", Flags.ReadWrite));
        Ground.Must(Posix.ChangeMode(g.At("f"), 0));
        Ground.As(Alice, Alice, () =>
        {
            g.Step("write", Posix.WriteAt(fd, "still"u8.ToArray(), 0));
            g.Try("open again", Posix.Open(g.At("f"), Flags.ReadOnly));
        });
        g.Note("content", g.Content("f"));
    }

    public static void A_file_made_unwritable_is_still_written_by_its_maker(Ground g)
    {
        g.Folder("d", 0b111_111_111);
        Ground.As(Alice, Alice, () =>
        {
            long fd = g.Try("create", Posix.Open(g.At("d/f"), Flags.Create | Flags.Exclusive | Flags.ReadWrite, 0));
            g.Step("write", Posix.Write(fd, [1, 2, 3]));
            g.Try("truncate", Posix.Resize(fd, 1));
        });
        g.Note("file", $"{g.Stat("d/f").Size} {g.Mode("d/f")}");
    }
}
