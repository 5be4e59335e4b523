using System.Runtime.InteropServices;
using VdFs.Core.Snapshots;

namespace VdFs.Core;

/// <summary>
/// What one serving thread needs of the engine: its place in the gate, room for pre-images, and whether it may wait.
/// Used by one thread at a time; disposed of by its owner after the thread's last operation.
/// </summary>
public sealed unsafe class Worker : IDisposable
{
    /// <summary>Largest piece that is preserved in one go, in bytes. Small enough to stay in a core's cache between reading, checking and writing.</summary>
    public const int ScratchSize = 128 << 10;

    private readonly Gate gate;
    private byte* scratch;

    public Worker(Gate gate, bool mayWait)
    {
        this.gate = gate;
        MayWait = mayWait;
        Slot = gate.AddSlot();
        scratch = (byte*)NativeMemory.AlignedAlloc(ScratchSize, 4096);
    }

    public GateSlot Slot { get; }

    /// <summary>False on threads that serve the kernel's queue: what would wait returns <see cref="Errors.FsError.MustWait"/> there.</summary>
    public bool MayWait { get; }

    /// <summary>False once a request waited for room in the preserve store for as long as it may: then it fails. Set before each operation by who keeps waiting requests.</summary>
    public bool WaitsForSpace { get; set; } = true;

    /// <summary><see cref="ScratchSize"/> bytes, aligned to a page, free between operations.</summary>
    public Span<byte> Scratch => new(scratch, ScratchSize);

    /// <summary>Passes the gate, waiting only if this worker may. False: the caller returns <see cref="Errors.FsError.MustWait"/>.</summary>
    public bool EnterGate()
    {
        if (gate.TryEnter(Slot))
            return true;
        if (!MayWait)
            return false;
        gate.Enter(Slot);
        return true;
    }

    public void LeaveGate() => gate.Leave(Slot);

    public void Dispose()
    {
        gate.RemoveSlot(Slot);
        NativeMemory.AlignedFree(scratch);
        scratch = null;
    }
}
