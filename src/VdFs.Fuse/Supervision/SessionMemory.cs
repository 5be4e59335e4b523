using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using VdFs.Core.Errors;
using VdFs.FileSystem.Nodes;
using VdFs.Fuse.Native;
using VdFs.Fuse.Protocol;

namespace VdFs.Fuse.Supervision;

/// <summary>
/// What a worker has to know of those before it, in memory that outlives them: what INIT negotiated (it comes once per connection), how often
/// a worker was replaced and how long that took, and the journal of requests (<see cref="Journal"/>).
/// </summary>
/// <remarks>
/// Written by one process at a time for each field: the worker its own, the supervisor those of deaths. A field is written whole, and the one
/// that says that others are there comes last.
/// </remarks>
public sealed unsafe class SessionMemory : IDisposable
{
    /// <summary>Of the layout below, of the journal's slots and of the records of nodes and handles. A worker refuses memory of another one: its supervisor then goes back to the former build.</summary>
    public const uint Version = 1;

    private const ulong Mark = 0x3173736573466456; // "VdFsses1"
    private const int MostSettings = 1024;
    private const int JournalOffset = 4096;
    private const long Length = JournalOffset + (1 << 20);

    private readonly SharedRegion region;
    private readonly Layout* layout;

    private SessionMemory(SharedRegion region)
    {
        this.region = region;
        layout = (Layout*)region.Pointer;
    }

    /// <summary>Owned by this object.</summary>
    public int FileDescriptor => region.FileDescriptor;

    /// <summary>Where the journal lies.</summary>
    public TableMemory Journal => new(region.Pointer + JournalOffset, region.Length - JournalOffset);

    /// <summary>How often a worker was replaced by another, for whatever reason.</summary>
    public int Restarts => Volatile.Read(ref layout->Restarts);

    /// <summary>From the last worker's end to the moment at which its successor served; null if there was none.</summary>
    public TimeSpan? LastPause
    {
        get
        {
            long pause = Volatile.Read(ref layout->LastPauseTicks);
            return pause == 0 ? null : Stopwatch.GetElapsedTime(0, pause);
        }
    }

    /// <summary>Process id of the supervisor; 0: none.</summary>
    public int Supervisor
    {
        get => Volatile.Read(ref layout->Supervisor);
        set => Volatile.Write(ref layout->Supervisor, value);
    }

    /// <summary>What the mount was told after it went live, in words of the worker's; empty: nothing. At most 1 KiB, what is longer isn't kept.</summary>
    public string Settings
    {
        get => Encoding.UTF8.GetString(layout->Settings, Math.Clamp(Volatile.Read(ref layout->SettingsLength), 0, MostSettings));
        set
        {
            byte[] bytes = Encoding.UTF8.GetBytes(value);
            if (bytes.Length > MostSettings)
                return;
            Volatile.Write(ref layout->SettingsLength, 0);
            bytes.CopyTo(new Span<byte>(layout->Settings, MostSettings));
            Volatile.Write(ref layout->SettingsLength, bytes.Length);
        }
    }

    /// <summary>What INIT settled, if it did.</summary>
    internal NegotiatedProtocol Negotiated
    {
        get => Volatile.Read(ref layout->Settled) == 0
            ? NegotiatedProtocol.None
            : new NegotiatedProtocol(layout->Major, layout->Minor, (FuseInitFlags)layout->Taken, (FuseInitFlags)layout->Offered);
        set
        {
            layout->Major = value.Major;
            layout->Minor = value.Minor;
            layout->Taken = (ulong)value.Taken;
            layout->Offered = (ulong)value.Offered;
            Volatile.Write(ref layout->Settled, value.IsSettled ? 1u : 0u);
        }
    }

    public static FsError Create(out SessionMemory? memory)
    {
        memory = null;
        FsError error = SharedRegion.Create("vdfs-session", Length, out SharedRegion? region);
        if (error != FsError.None)
            return error;
        memory = new SessionMemory(region!);
        memory.layout->Version = Version;
        Volatile.Write(ref memory.layout->Mark, Mark);
        return FsError.None;
    }

    /// <summary>Takes ownership of the descriptor, on success only. <see cref="FsError.NotSupported"/>: another version's.</summary>
    public static FsError Adopt(int descriptor, out SessionMemory? memory)
    {
        memory = null;
        FsError error = SharedRegion.Adopt(descriptor, out SharedRegion? region);
        if (error != FsError.None)
            return error;
        memory = new SessionMemory(region!);
        if (region!.Length == Length && memory.layout->Mark == Mark && memory.layout->Version == Version)
            return FsError.None;
        memory = null;
        return FsError.NotSupported;
    }

    /// <summary>A worker ended just now.</summary>
    public void NoteEnd() => Volatile.Write(ref layout->EndedAt, Stopwatch.GetTimestamp());

    /// <summary>Its successor serves since just now.</summary>
    public void NoteSuccession()
    {
        Volatile.Write(ref layout->LastPauseTicks, Math.Max(1, Stopwatch.GetTimestamp() - layout->EndedAt));
        Volatile.Write(ref layout->Restarts, layout->Restarts + 1);
    }

    public void Dispose() => region.Dispose();

    [StructLayout(LayoutKind.Explicit, Size = JournalOffset)]
    private struct Layout
    {
        [FieldOffset(0)] public ulong Mark;
        [FieldOffset(8)] public uint Version;
        [FieldOffset(16)] public uint Settled;
        [FieldOffset(20)] public uint Major;
        [FieldOffset(24)] public uint Minor;
        [FieldOffset(32)] public ulong Taken;
        [FieldOffset(40)] public ulong Offered;
        [FieldOffset(48)] public int Supervisor;
        [FieldOffset(52)] public int Restarts;

        /// <summary>Monotonic clock, in its own units (<see cref="Stopwatch"/>).</summary>
        [FieldOffset(56)] public long EndedAt;
        [FieldOffset(64)] public long LastPauseTicks;
        [FieldOffset(72)] public int SettingsLength;
        [FieldOffset(1024)] public fixed byte Settings[MostSettings];
    }
}
