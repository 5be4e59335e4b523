using VdFs.PosixProbe.Native;

namespace VdFs.PosixProbe.Cases;

/// <summary>Locks between processes: open file descriptions', POSIX and flock.</summary>
internal static class Locks
{
    public static void Open_file_locks_exclude_another_process(Ground g)
    {
        g.File("f");
        long fd = g.Open("f", Flags.ReadWrite);
        g.Step("lock", Posix.Lock(fd, Flags.SetOpenFileLock, Flags.WriteLock, 0, 10));
        g.Note("same range", Other(g, Flags.SetOpenFileLock, Flags.WriteLock, 5, 10));
        g.Note("to read", Other(g, Flags.SetOpenFileLock, Flags.ReadLock, 0, 1));
        g.Note("another range", Other(g, Flags.SetOpenFileLock, Flags.WriteLock, 10, 10));
        g.Note("asked", Other(g, Flags.GetOpenFileLock, Flags.WriteLock, 0, 10));
        g.Step("unlock", Posix.Lock(fd, Flags.SetOpenFileLock, Flags.NoLock, 0, 10));
        g.Note("free", Other(g, Flags.SetOpenFileLock, Flags.WriteLock, 0, 10));
        g.Note("asked", Other(g, Flags.GetOpenFileLock, Flags.WriteLock, 0, 10));
    }

    public static void Open_file_locks_exclude_another_open_of_one_process(Ground g)
    {
        g.File("f");
        long a = g.Open("f", Flags.ReadWrite);
        long b = g.Open("f", Flags.ReadWrite);
        g.Step("lock", Posix.Lock(a, Flags.SetOpenFileLock, Flags.WriteLock, 0, 0));
        g.Step("another", Posix.Lock(b, Flags.SetOpenFileLock, Flags.WriteLock, 0, 0));
        g.Try("close", Posix.Close(a));
        g.Step("after closing", Posix.Lock(b, Flags.SetOpenFileLock, Flags.WriteLock, 0, 0));
    }

    public static void Shared_open_file_locks_stand_side_by_side(Ground g)
    {
        g.File("f");
        long fd = g.Open("f", Flags.ReadWrite);
        g.Step("lock", Posix.Lock(fd, Flags.SetOpenFileLock, Flags.ReadLock, 0, 0));
        g.Note("shared", Other(g, Flags.SetOpenFileLock, Flags.ReadLock, 0, 0));
        g.Note("exclusive", Other(g, Flags.SetOpenFileLock, Flags.WriteLock, 0, 0));
    }

    public static void Posix_locks_exclude_and_end_with_any_close(Ground g)
    {
        g.File("f");
        long a = g.Open("f", Flags.ReadWrite);
        long b = g.Open("f", Flags.ReadWrite);
        g.Step("lock", Posix.Lock(a, Flags.SetLock, Flags.WriteLock, 0, 0));
        g.Note("another process", Other(g, Flags.SetLock, Flags.WriteLock, 0, 0));
        g.Step("again by its owner", Posix.Lock(b, Flags.SetLock, Flags.WriteLock, 0, 0));
        g.Try("close the other one", Posix.Close(b));
        g.Note("another process", Other(g, Flags.SetLock, Flags.WriteLock, 0, 0));
    }

    public static void Whole_file_locks_exclude(Ground g)
    {
        g.File("f");
        long fd = g.Open("f", Flags.ReadWrite);
        g.Try("lock", Posix.Flock(fd, Flags.FlockExclusive));
        g.Note("another", g.Other("flock", "f", (Flags.FlockExclusive | Flags.FlockNoWait).ToString()));
        g.Try("to shared", Posix.Flock(fd, Flags.FlockShared));
        g.Note("shared", g.Other("flock", "f", (Flags.FlockShared | Flags.FlockNoWait).ToString()));
        g.Note("exclusive", g.Other("flock", "f", (Flags.FlockExclusive | Flags.FlockNoWait).ToString()));
        g.Try("unlock", Posix.Flock(fd, Flags.FlockUnlock));
        g.Note("free", g.Other("flock", "f", (Flags.FlockExclusive | Flags.FlockNoWait).ToString()));
    }

    public static void Locks_need_the_right_descriptor(Ground g)
    {
        g.File("f");
        long read = g.Open("f", Flags.ReadOnly);
        g.Step("write lock of a reader", Posix.Lock(read, Flags.SetOpenFileLock, Flags.WriteLock, 0, 0));
        g.Step("read lock of a reader", Posix.Lock(read, Flags.SetOpenFileLock, Flags.ReadLock, 0, 0));
        g.Step("negative", Posix.Lock(read, Flags.SetOpenFileLock, Flags.ReadLock, -1, 1));
    }

    public static void Locks_hinder_no_reads_and_writes(Ground g)
    {
        g.File("f", "abc");
        long fd = g.Open("f", Flags.ReadWrite);
        g.Step("lock", Posix.Lock(fd, Flags.SetOpenFileLock, Flags.WriteLock, 0, 0));
        g.Note("read", g.Other("read", "f"));
        g.Note("write", g.Other("write", "f", "0", "xyz"));
        g.Note("content", Ground.Content(fd));
    }

    private static string Other(Ground g, int command, short type, long start, long length) =>
        g.Other("lock", "f", command.ToString(), type.ToString(), start.ToString(), length.ToString());
}
