using System.Globalization;
using System.Runtime.InteropServices;
using VdFs.Fuse.Mounting;
using VdFs.Fuse.Native;

namespace VdFs.Fuse.Supervision;

/// <summary>A <see cref="Guard"/> as the process sees it that started it. It ends with the last process that holds <see cref="Line"/>, or with this.</summary>
public sealed unsafe class GuardProcess : IDisposable
{
    private readonly WorkerProcess process;

    private GuardProcess(WorkerProcess process, int line)
    {
        this.process = process;
        Line = line;
    }

    /// <summary>While a process has this open, the guard is needed. This object's; others may have copies of it.</summary>
    public int Line { get; }

    /// <summary>Starts the guard of a mount that is live.</summary>
    /// <param name="command">The command line of a program whose `guard` runs <see cref="Guard.Run"/>.</param>
    /// <param name="mountPoint">Whose connection it can end.</param>
    /// <param name="memory">The session's.</param>
    /// <param name="limit">How long serving may stand still.</param>
    /// <param name="why">Why there is none.</param>
    public static GuardProcess? Start(IReadOnlyList<string> command, string mountPoint, SessionMemory memory, TimeSpan limit, out string why)
    {
        why = "";
        using var held = new HeldDescriptors();
        int abort = ConnectionAbort.Open(mountPoint);
        if (abort < 0)
        {
            why = "the mount's connection can't be reached by /sys/fs/fuse/connections (mount fusectl there)";
            return null;
        }
        held.Add(Guard.Abort, abort);
        held.Add(HeldDescriptors.Session, ProcessCalls.Duplicate(memory.FileDescriptor));
        int* ends = stackalloc int[2];
        if (MountLibc.pipe2(ends, FuseLibc.CloseOnExec) != 0)
        {
            why = $"a pipe failed (errno {Marshal.GetLastSystemError()})";
            return null;
        }
        string seconds = limit.TotalSeconds.ToString(CultureInfo.InvariantCulture);
        WorkerProcess? process = WorkerProcess.Start([.. command, Guard.Command, seconds], held, ends[0], out int errno, Guard.Environment);
        ProcessCalls.Close(ends[0]);
        if (process is not null)
            return new GuardProcess(process, ends[1]);
        ProcessCalls.Close(ends[1]);
        why = $"{command[0]} could not be started (errno {errno})";
        return null;
    }

    public void Dispose()
    {
        ProcessCalls.Close(Line);
        process.Dispose();
    }
}
