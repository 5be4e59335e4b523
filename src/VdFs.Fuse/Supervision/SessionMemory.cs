using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using VdFs.Core.Errors;
using VdFs.Core.Snapshots;
using VdFs.FileSystem.Nodes;
using VdFs.Fuse.Native;
using VdFs.Fuse.Protocol;

namespace VdFs.Fuse.Supervision;

/// <summary>
/// What a worker has to know of those before it, in memory that outlives them: what INIT negotiated (it comes once per connection), how often
/// a worker was replaced and how long that took, a cut that was refused (<see cref="IRefusalMemory"/>), and the journal of requests (<see cref="Journal"/>).
/// </summary>
/// <remarks>
/// Written by one process at a time for each field: the worker its own, the supervisor those of deaths. A field is written whole, and the one
/// that says that others are there comes last.
/// </remarks>
public sealed unsafe class SessionMemory : IDisposable, IRefusalMemory
{
    /// <summary>Of the layout below, of the journal's slots and of the records of nodes and handles. A worker refuses memory of another one: its supervisor then goes back to the former build.</summary>
    public const uint Version = 2;

    /// <summary>Differs only in that handles have no backing ids, and so are those of a connection which has none.</summary>
    private const uint WithoutBackingIds = 1;

    private const ulong Mark = 0x3173736573466456; // "VdFsses1"
    private const int MostSettings = 1024;

    /// <summary>Longest path of a build in bytes.</summary>
    private const int MostPath = 1000;
    private const int CutIdLength = 16;
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

    /// <summary>How many of them were ended because they hung.</summary>
    public int Hangs => Volatile.Read(ref layout->Hangs);

    /// <summary>How many builds were tried that didn't get to serve.</summary>
    public int FailedUpgrades => Volatile.Read(ref layout->FailedUpgrades);

    /// <summary>Workers that were started in a row and didn't get to serve, where nobody but they themselves counts them.</summary>
    public int FailedStarts
    {
        get => Volatile.Read(ref layout->FailedStarts);
        set => Volatile.Write(ref layout->FailedStarts, value);
    }

    /// <summary>Process id of the worker that was put in the place of another program already (<see cref="Build"/>): the program may be called otherwise than the path that leads to it.</summary>
    public int ReplacedBy
    {
        get => Volatile.Read(ref layout->ReplacedBy);
        set => Volatile.Write(ref layout->ReplacedBy, value);
    }

    /// <summary>Process id of the supervisor; 0: none.</summary>
    public int Supervisor
    {
        get => Volatile.Read(ref layout->Supervisor);
        set => Volatile.Write(ref layout->Supervisor, value);
    }

    /// <summary>Process id of the worker that serves or is about to; 0: none, and what died was reaped.</summary>
    internal int Worker
    {
        get => Volatile.Read(ref layout->Worker);
        set => Volatile.Write(ref layout->Worker, value);
    }

    /// <summary>What the worker's serving threads are at.</summary>
    internal ServingSigns Serving => new(layout->Serving);

    /// <summary>What the mount was told after it went live, in words of the worker's; empty: nothing. At most 1 KiB, what is longer isn't kept.</summary>
    public string Settings
    {
        get => Text(layout->Settings, ref layout->SettingsLength, MostSettings);
        set => TrySetText(layout->Settings, ref layout->SettingsLength, MostSettings, value);
    }

    /// <summary>Where nobody chooses the next worker's program but the former one: the build that serves, if that isn't the one that is started; else empty.</summary>
    public string Build
    {
        get => Text(layout->Build, ref layout->BuildLength, MostPath);
        set => TrySetText(layout->Build, ref layout->BuildLength, MostPath, value);
    }

    /// <summary>Likewise: the build that is to serve next; empty once it does, or was tried in vain.</summary>
    public string Candidate => Text(layout->Candidate, ref layout->CandidateLength, MostPath);

    /// <summary>Process id of the worker that tries the candidate, or died trying; 0: none yet.</summary>
    public int CandidateTriedBy
    {
        get => Volatile.Read(ref layout->CandidateTriedBy);
        set => Volatile.Write(ref layout->CandidateTriedBy, value);
    }

    /// <inheritdoc/>
    public RefusedCut? Refused
    {
        get => Volatile.Read(ref layout->HasRefused) == 0 ? null : new(new ReadOnlySpan<byte>(layout->RefusedCut, CutIdLength).ToArray(), Math.Max(0, layout->RefusedRenames));
        set
        {
            Volatile.Write(ref layout->HasRefused, 0);
            if (value is null)
                return;
            value.CutId.AsSpan(0, CutIdLength).CopyTo(new Span<byte>(layout->RefusedCut, CutIdLength));
            layout->RefusedRenames = value.Renamed;
            Volatile.Write(ref layout->HasRefused, 1);
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
        if (region!.Length == Length && memory.layout->Mark == Mark && memory.layout->Version is Version or WithoutBackingIds)
            return FsError.None;
        memory = null;
        return FsError.NotSupported;
    }

    /// <summary>Another worker begins: no thread of it serves yet.</summary>
    /// <param name="process">Its process id.</param>
    public void NoteBeginning(int process)
    {
        Serving.Clear();
        Worker = process;
    }

    /// <summary>A worker ended just now.</summary>
    public void NoteEnd() => NoteEnd(TimeSpan.Zero);

    /// <summary>A worker ended that long ago.</summary>
    public void NoteEnd(TimeSpan ago) => Volatile.Write(ref layout->EndedAt, Stopwatch.GetTimestamp() - (long)(ago.TotalSeconds * Stopwatch.Frequency));

    /// <summary>It was ended because it hung.</summary>
    public void NoteHang() => Volatile.Write(ref layout->Hangs, layout->Hangs + 1);

    /// <summary>A build was tried and didn't get to serve.</summary>
    public void NoteFailedUpgrade() => Volatile.Write(ref layout->FailedUpgrades, layout->FailedUpgrades + 1);

    /// <summary>Its successor serves since just now.</summary>
    public void NoteSuccession()
    {
        Volatile.Write(ref layout->LastPauseTicks, Math.Max(1, Stopwatch.GetTimestamp() - layout->EndedAt));
        Volatile.Write(ref layout->Restarts, layout->Restarts + 1);
    }

    /// <summary>The next worker is to be of this build; empty: of the one that serves. False: the path is too long.</summary>
    public bool TrySetCandidate(string build)
    {
        CandidateTriedBy = 0;
        return TrySetText(layout->Candidate, ref layout->CandidateLength, MostPath, build);
    }

    public void Dispose() => region.Dispose();

    private static string Text(byte* bytes, ref int length, int most) => Encoding.UTF8.GetString(bytes, Math.Clamp(Volatile.Read(ref length), 0, most));

    private static bool TrySetText(byte* bytes, ref int length, int most, string value)
    {
        byte[] text = Encoding.UTF8.GetBytes(value);
        if (text.Length > most)
            return false;
        Volatile.Write(ref length, 0);
        text.CopyTo(new Span<byte>(bytes, most));
        Volatile.Write(ref length, text.Length);
        return true;
    }

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
        [FieldOffset(76)] public int Hangs;
        [FieldOffset(80)] public int BuildLength;
        [FieldOffset(84)] public int CandidateLength;
        [FieldOffset(88)] public int CandidateTriedBy;
        [FieldOffset(92)] public int Worker;
        [FieldOffset(96)] public int FailedUpgrades;
        [FieldOffset(100)] public int FailedStarts;
        [FieldOffset(104)] public int ReplacedBy;
        [FieldOffset(128)] public fixed byte Serving[ServingSigns.Size];
        [FieldOffset(1024)] public fixed byte Settings[MostSettings];
        [FieldOffset(2048)] public fixed byte Build[MostPath];
        [FieldOffset(3072)] public fixed byte Candidate[MostPath];

        /// <summary>Zero also where a build made the memory that didn't know of it.</summary>
        [FieldOffset(4072)] public int HasRefused;
        [FieldOffset(4076)] public int RefusedRenames;
        [FieldOffset(4080)] public fixed byte RefusedCut[CutIdLength];
    }
}
