using System.Globalization;
using VdFs.Core.Space;
using VdFs.Fuse.Mounting;

namespace VdFs.Cli.Mounting;

/// <summary>What `vdfs mount` was asked for; paths absolute and without symbolic links.</summary>
public sealed record MountRequest
{
    public const int DefaultMaxCheckpoints = 100;

    /// <summary>Seconds.</summary>
    public const int DefaultHangLimit = 60;

    /// <summary>Microseconds.</summary>
    public const int DefaultSpin = 30;

    public required string BackingDirectory { get; init; }

    public required string MountPoint { get; init; }

    public bool AllowOther { get; init; }

    public bool ReadOnly { get; init; }

    /// <summary>The root's listing has `.snapshots`.</summary>
    public bool ShowSnapshots { get; init; }

    /// <summary>Words of mount(8) that are carried out.</summary>
    public MountFlags Flags { get; init; }

    /// <summary>Null: `.vdfs` in the backing directory.</summary>
    public string? State { get; init; }

    /// <summary>Null: inside the state directory.</summary>
    public string? Preserve { get; init; }

    /// <summary>The state directory may belong to another backing directory.</summary>
    public bool AdoptState { get; init; }

    public int MaxCheckpoints { get; init; } = DefaultMaxCheckpoints;

    /// <summary>How much the preserve store may hold.</summary>
    public SpaceLimit PreserveLimit { get; init; }

    public WhenFull WhenFull { get; init; }

    /// <summary>Seconds that a writer waits for room; null: as the engine does.</summary>
    public int? WhenFullLimit { get; init; }

    /// <summary>Held snapshots survive power cuts, at the price of syncs.</summary>
    public bool DurableSnapshots { get; init; }

    /// <summary>Threads that serve requests; 0: as many as suit the host.</summary>
    public int Threads { get; init; }

    public Transport Transport { get; init; }

    /// <summary>Microseconds for which a serving thread looks for the next request before it sleeps; 0: it doesn't.</summary>
    public int Spin { get; init; } = DefaultSpin;

    /// <summary>Seconds after which a worker that shows no life is replaced; 0: never.</summary>
    public int HangLimit { get; init; } = DefaultHangLimit;

    public string StateDirectory => State ?? BackingDirectory.TrimEnd('/') + "/.vdfs";

    public string PreserveDirectory => Preserve ?? StateDirectory + "/preserve";

    /// <summary>As the state directory keeps it: empty if it is the usual place.</summary>
    public string PreservePath => PreserveDirectory == StateDirectory + "/preserve" ? "" : PreserveDirectory;

    /// <summary>True if VdFs is mounted over the backing directory itself.</summary>
    public bool InPlace => BackingDirectory == MountPoint;

    /// <summary>The arguments that `vdfs mount` and `vdfs serve` read this request from.</summary>
    public IEnumerable<string> ToArguments()
    {
        yield return BackingDirectory;
        yield return MountPoint;
        yield return AllowOther ? "--allow-other" : "--no-allow-other";
        if (ReadOnly)
            yield return "--read-only";
        if (Flags != MountFlags.None)
        {
            yield return "-o";
            yield return string.Join(',', FlagWords());
        }
        if (ShowSnapshots)
            yield return "--show-snapshots";
        if (DurableSnapshots)
            yield return "--snapshots-survive-power-cuts";
        if (State is not null)
        {
            yield return "--state";
            yield return State;
        }
        if (Preserve is not null)
        {
            yield return "--preserve";
            yield return Preserve;
        }
        if (AdoptState)
            yield return "--adopt-state";
        yield return "--max-checkpoints";
        yield return MaxCheckpoints.ToString(CultureInfo.InvariantCulture);
        foreach (var (name, value) in SpaceWords())
        {
            yield return "--" + name;
            yield return value;
        }
        if (HangLimit != DefaultHangLimit)
        {
            yield return "--hang-limit";
            yield return HangLimit.ToString(CultureInfo.InvariantCulture);
        }
        if (Threads != 0)
        {
            yield return "--threads";
            yield return Threads.ToString(CultureInfo.InvariantCulture);
        }
        if (Transport != Transport.Auto)
        {
            yield return "--transport";
            yield return TransportWord.Of(Transport);
        }
        if (Spin != DefaultSpin)
        {
            yield return "--spin";
            yield return Spin.ToString(CultureInfo.InvariantCulture);
        }
    }

    private IEnumerable<string> FlagWords()
    {
        if (Flags.HasFlag(MountFlags.NoExecution))
            yield return "noexec";
        if (Flags.HasFlag(MountFlags.NoAccessTime))
            yield return "noatime";
        if (Flags.HasFlag(MountFlags.NoFolderAccessTime))
            yield return "nodiratime";
    }

    /// <summary>What isn't as usual about space.</summary>
    private IEnumerable<(string Name, string Value)> SpaceWords()
    {
        if (!PreserveLimit.IsNone)
            yield return ("preserve-limit", PreserveLimit.ToString());
        if (WhenFull != WhenFull.GiveUp)
            yield return ("when-full", SpaceWord.Of(WhenFull));
        if (WhenFullLimit is { } seconds)
            yield return ("when-full-limit", seconds.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>The options as words, as `status` shows them.</summary>
    public IEnumerable<string> OptionWords()
    {
        yield return ReadOnly ? "ro" : "rw";
        foreach (string word in FlagWords())
            yield return word;
        if (AllowOther)
            yield return "allow_other";
        if (ShowSnapshots)
            yield return "show-snapshots";
        if (DurableSnapshots)
            yield return "snapshots-survive-power-cuts";
        yield return "max-checkpoints=" + MaxCheckpoints.ToString(CultureInfo.InvariantCulture);
        foreach (var (name, value) in SpaceWords())
            yield return name + "=" + value;
        if (HangLimit != DefaultHangLimit)
            yield return "hang-limit=" + HangLimit.ToString(CultureInfo.InvariantCulture);
        if (Threads != 0)
            yield return "threads=" + Threads.ToString(CultureInfo.InvariantCulture);
        if (Transport != Transport.Auto)
            yield return "transport=" + TransportWord.Of(Transport);
        if (Spin != DefaultSpin)
            yield return "spin=" + Spin.ToString(CultureInfo.InvariantCulture);
    }
}
