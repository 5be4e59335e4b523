using System.Collections;
using System.IO;
using System.Runtime.InteropServices;
using System.Text;
using VdFs.Fuse.Native;

namespace VdFs.Fuse.Supervision;

/// <summary>A worker as its supervisor sees it: started with descriptors at known numbers (which the framework's processes can't), watched and reaped.</summary>
/// <remarks>posix_spawn, not fork: nothing of the runtime runs between the two processes.</remarks>
internal sealed unsafe class WorkerProcess : IDisposable
{
    private readonly int ended;
    private bool reaped;

    private WorkerProcess(int id, int ended)
    {
        Id = id;
        this.ended = ended;
    }

    public int Id { get; }

    /// <summary>Becomes readable when the process has ended with all its threads.</summary>
    public int EndDescriptor => ended;

    /// <summary>Starts a program. It begins a session of its own, so that a terminal's keys don't reach it.</summary>
    /// <param name="command">Path and arguments.</param>
    /// <param name="held">What it gets.</param>
    /// <param name="link">Its end of the link; the caller's.</param>
    /// <param name="errno">Why it could not be started.</param>
    /// <param name="settings">Beyond this process's environment: NAME=VALUE.</param>
    public static WorkerProcess? Start(IReadOnlyList<string> command, HeldDescriptors held, int link, out int errno, params string[] settings)
    {
        (string variable, int[] descriptors) = held.ForChild(link);
        var staged = new List<int>();
        byte* actions = stackalloc byte[ChildLibc.SpawnObjectSize];
        byte* attributes = stackalloc byte[ChildLibc.SpawnObjectSize];
        byte* noSignals = stackalloc byte[ChildLibc.SignalSetSize];
        new Span<byte>(noSignals, ChildLibc.SignalSetSize).Clear();
        _ = ChildLibc.posix_spawn_file_actions_init(actions);
        _ = ChildLibc.posix_spawnattr_init(attributes);
        try
        {
            _ = ChildLibc.posix_spawnattr_setsigmask(attributes, noSignals);
            _ = ChildLibc.posix_spawnattr_setflags(attributes, ChildLibc.SpawnSetSession | ChildLibc.SpawnSetSignalMask);
            for (int i = 0; i < descriptors.Length; i++)
            {
                // Above the numbers at which the child gets them, so that none overwrites one that is still to be passed; and not far above, where the limit may be.
                int copy = Libc.fcntl(descriptors[i], Libc.F_DUPFD_CLOEXEC, HeldDescriptors.First + descriptors.Length);
                if (copy < 0)
                {
                    errno = Marshal.GetLastSystemError();
                    return null;
                }
                staged.Add(copy);
                _ = ChildLibc.posix_spawn_file_actions_adddup2(actions, copy, HeldDescriptors.First + i);
            }
            using var arguments = new NativeStrings(command);
            using var environment = new NativeStrings([.. Inherited(), variable, .. settings]);
            using var path = new NativeStrings([command[0]]);
            int pid;
            errno = ChildLibc.posix_spawn(&pid, path.Pointers[0], actions, attributes, arguments.Pointers, environment.Pointers);
            if (errno != 0)
                return null;
            int end = ChildLibc.pidfd_open(pid);
            if (end >= 0)
                return new WorkerProcess(pid, end);
            errno = Marshal.GetLastSystemError();
            _ = ChildLibc.kill(pid, ChildLibc.SignalKill);
            _ = ChildLibc.waitpid(pid, null, 0);
            return null;
        }
        finally
        {
            foreach (int copy in staged)
                ProcessCalls.Close(copy);
            _ = ChildLibc.posix_spawn_file_actions_destroy(actions);
            _ = ChildLibc.posix_spawnattr_destroy(attributes);
        }
    }

    public void Kill() => _ = ChildLibc.kill(Id, ChildLibc.SignalKill);

    /// <summary>Waits for its end.</summary>
    public WorkerEnd Reap()
    {
        int status;
        while (ChildLibc.waitpid(Id, &status, 0) < 0 && Marshal.GetLastSystemError() == Errno.EINTR)
        {
        }
        reaped = true;
        int signal = status & 0x7F;
        return signal == 0 ? new WorkerEnd((status >> 8) & 0xFF, 0) : new WorkerEnd(0, signal);
    }

    public void Dispose()
    {
        if (!reaped)
        {
            Kill();
            _ = Reap();
        }
        ProcessCalls.Close(ended);
    }

    private static IEnumerable<string> Inherited()
    {
        foreach (DictionaryEntry one in Environment.GetEnvironmentVariables())
        {
            if (one is { Key: string name, Value: string value } && !HeldDescriptors.IsVariable(name))
                yield return $"{name}={value}";
        }
    }

    /// <summary>An array of C strings, ended by a null pointer.</summary>
    private sealed class NativeStrings : IDisposable
    {
        private readonly int count;

        public NativeStrings(IReadOnlyList<string> texts)
        {
            count = texts.Count;
            Pointers = (byte**)NativeMemory.AllocZeroed((nuint)count + 1, (nuint)sizeof(byte*));
            for (int i = 0; i < count; i++)
            {
                byte[] bytes = Encoding.UTF8.GetBytes(texts[i] + '\0');
                Pointers[i] = (byte*)NativeMemory.Alloc((nuint)bytes.Length);
                bytes.CopyTo(new Span<byte>(Pointers[i], bytes.Length));
            }
        }

        public byte** Pointers { get; }

        public void Dispose()
        {
            for (int i = 0; i < count; i++)
                NativeMemory.Free(Pointers[i]);
            NativeMemory.Free(Pointers);
        }
    }
}
