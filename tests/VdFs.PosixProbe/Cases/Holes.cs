using VdFs.PosixProbe.Native;

namespace VdFs.PosixProbe.Cases;

/// <summary>Sparse files: holes, allocation, SEEK_DATA and SEEK_HOLE.</summary>
internal static class Holes
{
    private const long Mebibyte = 1 << 20;

    public static void Data_and_holes_are_found(Ground g)
    {
        long fd = Sparse(g);
        g.Step("first data", Posix.Seek(fd, 0, Flags.SeekData));
        g.Step("hole after it", Posix.Seek(fd, Mebibyte, Flags.SeekHole));
        g.Step("next data", Posix.Seek(fd, Mebibyte + 4096, Flags.SeekData));
        g.Step("from within", Posix.Seek(fd, (3 * Mebibyte) + 17, Flags.SeekData));
        g.Step("hole at once", Posix.Seek(fd, 5, Flags.SeekHole));
        g.Step("final hole", Posix.Seek(fd, (3 * Mebibyte) + 17, Flags.SeekHole));
    }

    public static void Seeking_data_past_the_end(Ground g)
    {
        long fd = Sparse(g);
        g.Step("data in the last hole", Posix.Seek(fd, (3 * Mebibyte) + 4096, Flags.SeekData));
        g.Step("data at the end", Posix.Seek(fd, 4 * Mebibyte, Flags.SeekData));
        g.Step("hole at the end", Posix.Seek(fd, 4 * Mebibyte, Flags.SeekHole));
        g.Step("negative", Posix.Seek(fd, -1, Flags.SeekHole));
    }

    public static void Seeking_in_an_empty_file(Ground g)
    {
        g.File("f", "");
        long fd = g.Open("f", Flags.ReadOnly);
        g.Step("data", Posix.Seek(fd, 0, Flags.SeekData));
        g.Step("hole", Posix.Seek(fd, 0, Flags.SeekHole));
        g.Step("end", Posix.Seek(fd, 0, Flags.SeekEnd));
    }

    public static void Blocks_count_what_is_allocated(Ground g)
    {
        long fd = Sparse(g);
        g.Note("size and blocks", $"{Ground.Stat(fd).Size} {Ground.Stat(fd).Blocks}");
        g.Note("by name", g.Stat("f").Blocks);
        g.Note("block size", Ground.Stat(fd).BlockSize);
    }

    public static void A_punched_hole_reads_as_zeros(Ground g)
    {
        long fd = Full(g);
        g.Try("punch", Posix.Allocate(fd, Flags.PunchHole | Flags.KeepSize, 8192, 16384));
        g.Note("blocks and size", $"{Ground.Stat(fd).Blocks} {Ground.Stat(fd).Size}");
        g.Note("edges", $"{At(fd, 8191)} {At(fd, 8192)} {At(fd, 24575)} {At(fd, 24576)}");
        g.Step("hole", Posix.Seek(fd, 0, Flags.SeekHole));
        g.Step("data", Posix.Seek(fd, 8192, Flags.SeekData));
    }

    public static void Punching_off_the_blocks_edges(Ground g)
    {
        long fd = Full(g);
        g.Try("punch", Posix.Allocate(fd, Flags.PunchHole | Flags.KeepSize, 100, 10000));
        g.Note("edges", $"{At(fd, 99)} {At(fd, 100)} {At(fd, 10099)} {At(fd, 10100)}");
        g.Try("past the end", Posix.Allocate(fd, Flags.PunchHole | Flags.KeepSize, 60000, 100000));
        g.Note("size", $"{Ground.Stat(fd).Size} {At(fd, 59999)} {At(fd, 60000)}");
    }

    public static void Allocations_that_fail(Ground g)
    {
        long fd = Full(g);
        g.Try("punch without keeping the size", Posix.Allocate(fd, Flags.PunchHole, 0, 4096));
        g.Try("no length", Posix.Allocate(fd, 0, 0, 0));
        g.Try("negative", Posix.Allocate(fd, 0, -1, 10));
        long readOnly = g.Open("f", Flags.ReadOnly);
        g.Try("read only", Posix.Allocate(readOnly, 0, 0, 10));
        g.Try("too large", Posix.Allocate(fd, 0, long.MaxValue - 10, 10));
    }

    public static void Zeroing_a_range(Ground g)
    {
        long fd = Full(g);
        g.Try("zero", Posix.Allocate(fd, Flags.ZeroRange, 5000, 10000));
        g.Note("edges", $"{At(fd, 4999)} {At(fd, 5000)} {At(fd, 14999)} {At(fd, 15000)}");
        g.Note("size", Ground.Stat(fd).Size);
    }

    public static void Zeroing_past_the_end(Ground g)
    {
        long fd = Full(g);
        g.Try("keeping the size", Posix.Allocate(fd, Flags.ZeroRange | Flags.KeepSize, 60000, 20000));
        g.Note("size", Ground.Stat(fd).Size);
        g.Try("growing", Posix.Allocate(fd, Flags.ZeroRange, 60000, 20000));
        g.Note("size", $"{Ground.Stat(fd).Size} {At(fd, 59999)} {At(fd, 60000)}");
    }

    public static void Allocating_keeps_or_changes_the_size(Ground g)
    {
        g.File("f", "data");
        long fd = g.Open("f", Flags.ReadWrite);
        g.Try("keeping", Posix.Allocate(fd, Flags.KeepSize, 0, Mebibyte));
        g.Note("size and blocks", $"{Ground.Stat(fd).Size} {Ground.Stat(fd).Blocks}");
        g.Try("growing", Posix.Allocate(fd, 0, 0, Mebibyte));
        g.Note("size and blocks", $"{Ground.Stat(fd).Size} {Ground.Stat(fd).Blocks}");
        g.Note("content", $"{At(fd, 0)} {At(fd, 4)} {At(fd, Mebibyte - 1)}");
    }

    public static void Collapsing_and_inserting_ranges(Ground g)
    {
        long fd = Full(g);
        g.Try("collapse", Posix.Allocate(fd, Flags.CollapseRange, 4096, 4096));
        g.Try("insert", Posix.Allocate(fd, Flags.InsertRange, 4096, 4096));
    }

    public static void Growing_leaves_a_hole(Ground g)
    {
        g.File("f", "data");
        long fd = g.Open("f", Flags.ReadWrite);
        g.Try("grow", Posix.Resize(fd, 10 * Mebibyte));
        g.Note("blocks", Ground.Stat(fd).Blocks);
        g.Step("data", Posix.Seek(fd, 4096, Flags.SeekData));
        g.Note("reads", $"{At(fd, 3)} {At(fd, 4)} {At(fd, (10 * Mebibyte) - 1)}");
    }

    public static void Shrinking_and_growing_again_shows_zeros(Ground g)
    {
        long fd = Full(g);
        g.Try("shrink", Posix.Resize(fd, 5000));
        g.Try("grow", Posix.Resize(fd, 20000));
        g.Note("reads", $"{At(fd, 4999)} {At(fd, 5000)} {At(fd, 8191)} {At(fd, 19999)} {At(fd, 20000)}");
    }

    private static long Sparse(Ground g)
    {
        long fd = g.Open("f", Flags.Create | Flags.ReadWrite);
        Ground.Must(Posix.Resize(fd, 4 * Mebibyte));
        byte[] block = new byte[4096];
        Array.Fill(block, (byte)7);
        Ground.Must(Posix.WriteAt(fd, block, Mebibyte));
        Ground.Must(Posix.WriteAt(fd, block, 3 * Mebibyte));
        Ground.Must(Posix.Sync(fd));
        return fd;
    }

    private static long Full(Ground g)
    {
        long fd = g.Open("f", Flags.Create | Flags.ReadWrite);
        byte[] data = new byte[65536];
        Array.Fill(data, (byte)7);
        Ground.Must(Posix.WriteAt(fd, data, 0));
        Ground.Must(Posix.Sync(fd));
        return fd;
    }

    private static string At(long fd, long offset)
    {
        byte[] one = new byte[1];
        long read = Posix.ReadAt(fd, one, offset);
        return read == 1 ? one[0].ToString() : read == 0 ? "end" : Posix.ErrorName(read);
    }
}
