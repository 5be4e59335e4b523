using Microsoft.Win32.SafeHandles;
using VdFs.Core.Errors;
using VdFs.Fuse.Session;
using VdFs.Fuse.Supervision;
using VdFs.Fuse.Tests.Session;

namespace VdFs.Fuse.Tests.Supervision;

/// <summary>Workers that never get as far as to ask for the mount.</summary>
public sealed class SupervisorTests
{
    [Fact]
    public void Without_a_worker_nothing_is_mounted_and_it_is_told()
    {
        SupervisorEnd end = Run("/nowhere/vdfs", out RecordingLog log);
        Assert.NotEqual(0, end.Code);
        Assert.Contains("before it was ready", end.Message, StringComparison.Ordinal);
        Assert.Contains(log.Lines, m => m.Contains("/nowhere/vdfs could not be started", StringComparison.Ordinal));
    }

    [Fact]
    public void Worker_that_crashes_at_once_is_told_with_how_it_ended()
    {
        Assert.Contains("exit code 1", Run("/bin/false", out _).Message, StringComparison.Ordinal);
        Assert.Contains("signal 9", Run("/bin/sh", out _, "-c", "kill -9 $$").Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Worker_gets_the_descriptors_that_are_held_and_no_others()
    {
        // 3 is what is held first, the session's memory, and 4 is the link.
        SupervisorEnd end = Run("/bin/sh", out _, "-c", "test \"$VDFS_DESCRIPTORS\" = session:link && test -e /proc/self/fd/3 && test -e /proc/self/fd/4 && ! test -e /proc/self/fd/5 && exit 7");
        Assert.Contains("exit code 7", end.Message, StringComparison.Ordinal);
    }

    private static SupervisorEnd Run(string program, out RecordingLog log, params string[] arguments)
    {
        log = new RecordingLog();
        Assert.Equal(FsError.None, SessionMemory.Create(out SessionMemory? memory));
        using (memory)
        using (var held = new HeldDescriptors())
        {
            held.Add(HeldDescriptors.Session, Fuse.Native.ProcessCalls.Duplicate(memory!.FileDescriptor));
            using var supervisor = new Supervisor(held, memory, new NeverMounted([program, .. arguments]), log);
            return supervisor.Run(_ => Assert.Fail("nobody was ready"));
        }
    }

    private sealed class NeverMounted(IReadOnlyList<string> command) : ISupervisedMount
    {
        public SafeFileHandle Mount() => throw new InvalidOperationException("nobody asked for it");

        public void Detach() => throw new InvalidOperationException("it was never mounted");

        public GuardProcess? StartGuard(SessionMemory memory) => null;

        public IReadOnlyList<string> CommandOf(string? build) => command;
    }
}
