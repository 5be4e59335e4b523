using System.Runtime.InteropServices;

namespace VdFs.Core.Snapshots;

/// <summary>
/// One thread's place in the <see cref="Gate"/>: a counter that is odd while an operation of that thread is inside.
/// Written by its own thread only, read by the one that closes the gate; alone on its cache lines, so that entering costs no traffic.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal struct GateSlotValue
{
    [FieldOffset(128)]
    public long Passages;
}

/// <summary>Holder of a <see cref="GateSlotValue"/>; one per serving thread, made by <see cref="Gate.AddSlot"/>.</summary>
public sealed class GateSlot
{
    internal GateSlotValue Value;
}
