using System.IO;
using VdFs.Fuse.Native;

namespace VdFs.Fuse.Tests.Native;

public sealed unsafe class DescriptorTests
{
    [Fact]
    public void The_last_user_closes_what_was_disposed_of_meanwhile()
    {
        // A number that no test beside this one is given.
        Descriptor descriptor = new(OpenNull(atLeast: 800));
        Assert.True(descriptor.TryEnter(out int number));
        Assert.True(descriptor.TryEnter(out _));
        descriptor.Dispose();
        Assert.True(IsOpen(number));
        descriptor.Exit();
        Assert.False(descriptor.TryEnter(out _));
        Assert.True(IsOpen(number));
        descriptor.Exit();
        Assert.False(IsOpen(number));
        descriptor.Dispose();
    }

    [Fact]
    public void A_number_is_never_used_after_it_was_closed()
    {
        // Each descriptor is a memfd of its own length. Had a thread the number of a closed one, it would see another's length.
        for (int round = 1; round <= 60; round++)
        {
            long length = round * 4096;
            Assert.Equal(VdFs.Core.Errors.FsError.None, SharedRegion.Create("race", length, out SharedRegion? region));
            Descriptor descriptor = new(Libc.fcntl(region!.FileDescriptor, Libc.F_DUPFD_CLOEXEC, 0));
            region.Dispose();
            int wrong = 0;
            Thread[] users = [.. Enumerable.Range(0, 3).Select(_ => new Thread(() => Interlocked.Add(ref wrong, Use(descriptor, length) ? 0 : 1)))];
            Array.ForEach(users, user => user.Start());
            Thread.SpinWait(round * 10);
            descriptor.Dispose();
            // The number is free now, or will be: others take it.
            using SharedRegion other = Region(4096 * 1000);
            Array.ForEach(users, user => user.Join());
            Assert.Equal(0, wrong);
        }
    }

    [Fact]
    public void A_forgotten_descriptor_is_closed_by_its_finalizer()
    {
        int number = Forget();
        for (int tries = 0; IsOpenAs(number, "/dev/null") && tries < 50; tries++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        Assert.False(IsOpenAs(number, "/dev/null"));
    }

    private static SharedRegion Region(long length)
    {
        Assert.Equal(VdFs.Core.Errors.FsError.None, SharedRegion.Create("other", length, out SharedRegion? region));
        return region!;
    }

    private static bool Use(Descriptor descriptor, long length)
    {
        byte empty = 0;
        while (descriptor.TryEnter(out int number))
        {
            StatxBuffer stat;
            int result = Libc.statx(number, &empty, Libc.AT_EMPTY_PATH, Libc.STATX_ALL, &stat);
            descriptor.Exit();
            if (result < 0 || (long)stat.Size != length)
                return false;
        }
        return true;
    }

    private static int Forget()
    {
        Descriptor descriptor = new(OpenNull(200));
        Assert.True(descriptor.TryEnter(out int number));
        descriptor.Exit();
        return number;
    }

    private static int OpenNull(int atLeast = 0)
    {
        fixed (byte* path = "/dev/null\0"u8)
        {
            int first = Libc.openat(Libc.AT_FDCWD, path, Libc.O_RDONLY | Libc.O_CLOEXEC, 0);
            int descriptor = Libc.fcntl(first, Libc.F_DUPFD_CLOEXEC, atLeast);
            _ = Libc.close(first);
            return descriptor;
        }
    }

    private static bool IsOpen(int number) => new FileInfo($"/proc/self/fd/{number}").LinkTarget is not null;

    private static bool IsOpenAs(int number, string target) => new FileInfo($"/proc/self/fd/{number}").LinkTarget == target;
}
