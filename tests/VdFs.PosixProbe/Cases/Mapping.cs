using System.Text;
using VdFs.PosixProbe.Native;

namespace VdFs.PosixProbe.Cases;

/// <summary>Files in memory.</summary>
internal static unsafe class Mapping
{
    public static void Another_process_sees_what_was_written_to_a_shared_mapping(Ground g)
    {
        Full(g, 'a', 8192);
        long fd = g.Open("f", Flags.ReadWrite);
        nint map = Map(g, fd, 8192, Flags.MapReadWrite, Flags.MapShared);
        if (map < 0)
            return;
        ((byte*)map)[0] = (byte)'X';
        ((byte*)map)[5000] = (byte)'Y';
        g.Try("msync", Posix.Result(Libc.msync(map, 8192, Flags.MapSync)));
        string content = g.Other("read", "f");
        g.Note("another process", $"{content[0]}{content[1]} {content.Length}");
        byte[] one = new byte[1];
        g.Step("read", Posix.ReadAt(fd, one, 5000));
        g.Note("by read", (char)one[0]);
        g.Try("munmap", Posix.Result(Libc.munmap(map, 8192)));
        g.Try("fsync", Posix.Sync(fd));
        g.Note("after", g.Content("f")[0]);
    }

    public static void A_mapping_shows_what_was_written_by_others(Ground g)
    {
        Full(g, 'a', 4096);
        long fd = g.Open("f", Flags.ReadWrite);
        nint map = Map(g, fd, 4096, Flags.MapRead, Flags.MapShared);
        if (map < 0)
            return;
        g.Note("before", (char)((byte*)map)[1]);
        g.Step("write", Posix.WriteAt(fd, "zz"u8.ToArray(), 0));
        g.Note("same descriptor", (char)((byte*)map)[1]);
        g.Note("another process", g.Other("write", "f", "0", "yy"));
        g.Note("then", (char)((byte*)map)[1]);
    }

    public static void A_private_mapping_changes_no_file(Ground g)
    {
        Full(g, 'a', 4096);
        long fd = g.Open("f", Flags.ReadOnly);
        nint map = Map(g, fd, 4096, Flags.MapReadWrite, Flags.MapPrivate);
        if (map < 0)
            return;
        ((byte*)map)[0] = (byte)'X';
        g.Note("content", $"{(char)((byte*)map)[0]} {g.Content("f")[0]}");
    }

    public static void A_mapping_ends_in_zeros(Ground g)
    {
        Full(g, 'a', 5000);
        long fd = g.Open("f", Flags.ReadWrite);
        nint map = Map(g, fd, 8192, Flags.MapReadWrite, Flags.MapShared);
        if (map < 0)
            return;
        g.Note("end", $"{((byte*)map)[4999]} {((byte*)map)[5000]} {((byte*)map)[8191]}");
        ((byte*)map)[6000] = 1;
        g.Try("msync", Posix.Result(Libc.msync(map, 8192, Flags.MapSync)));
        g.Note("size", g.Stat("f").Size);
    }

    public static void A_mapping_outlives_descriptor_and_name(Ground g)
    {
        Full(g, 'a', 4096);
        long fd = g.Open("f", Flags.ReadWrite);
        nint map = Map(g, fd, 4096, Flags.MapReadWrite, Flags.MapShared);
        if (map < 0)
            return;
        g.Try("close", Posix.Close(fd));
        g.Try("unlink", Posix.Unlink(g.At("f")));
        ((byte*)map)[7] = (byte)'Z';
        g.Try("msync", Posix.Result(Libc.msync(map, 4096, Flags.MapSync)));
        g.Note("still", (char)((byte*)map)[7]);
    }

    public static void Mappings_that_may_not_be(Ground g)
    {
        Full(g, 'a', 4096);
        Map(g, g.Open("f", Flags.ReadOnly), 4096, Flags.MapReadWrite, Flags.MapShared);
        Map(g, g.Open("f", Flags.WriteOnly), 4096, Flags.MapRead, Flags.MapShared);
        Map(g, g.Open("", Flags.Directory), 4096, Flags.MapRead, Flags.MapShared);
    }

    public static void Writing_to_a_mapping_moves_the_modification_time(Ground g)
    {
        Full(g, 'a', 4096);
        StatxBuffer before = g.Stat("f");
        Ground.LetTimePass();
        long fd = g.Open("f", Flags.ReadWrite);
        nint map = Map(g, fd, 4096, Flags.MapReadWrite, Flags.MapShared);
        if (map < 0)
            return;
        ((byte*)map)[0] = 1;
        g.Try("msync", Posix.Result(Libc.msync(map, 4096, Flags.MapSync)));
        g.Moved("moved", before, g.Stat("f"));
    }

    private static void Full(Ground g, char letter, int length)
    {
        long fd = g.Open("f", Flags.Create | Flags.ReadWrite);
        Ground.Must(Posix.Write(fd, Encoding.Latin1.GetBytes(new string(letter, length))));
        Ground.Must(Posix.Close(fd));
    }

    private static nint Map(Ground g, long fd, int length, int protection, int flags)
    {
        long result = Libc.mmap(0, length, protection, flags, (int)fd, 0);
        // MAP_FAILED is -1; addresses are positive.
        return (nint)g.Try("mmap", Posix.Result(result));
    }
}
