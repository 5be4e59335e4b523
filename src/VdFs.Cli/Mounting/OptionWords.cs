using System.Globalization;
using VdFs.Core.Space;
using VdFs.Fuse.Mounting;

namespace VdFs.Cli.Mounting;

/// <summary>The words after `-o`, as fstab(5) has them. Null: not said.</summary>
public sealed record OptionWords
{
    public bool? AllowOther { get; private set; }

    public bool? ReadOnly { get; private set; }

    /// <summary>The last word on each counts.</summary>
    public MountFlags Flags { get; private set; }

    public bool? ShowSnapshots { get; private set; }

    public bool? DurableSnapshots { get; private set; }

    public bool? AdoptState { get; private set; }

    public string? State { get; private set; }

    public string? Preserve { get; private set; }

    public int? Threads { get; private set; }

    public Transport? Transport { get; private set; }

    public int? Spin { get; private set; }

    public int? HangLimit { get; private set; }

    public int? MaxCheckpoints { get; private set; }

    public SpaceLimit? PreserveLimit { get; private set; }

    public WhenFull? WhenFull { get; private set; }

    public int? WhenFullLimit { get; private set; }

    /// <summary>Reads lists separated by commas; the last word on a matter wins. <see cref="CommandFailedException"/> for words that VdFs doesn't know.</summary>
    public static OptionWords Parse(IEnumerable<string> lists)
    {
        var words = new OptionWords();
        foreach (var list in lists)
            foreach (var word in list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
                words.Take(word);
        return words;
    }

    private void Take(string word)
    {
        int equals = word.IndexOf('=', StringComparison.Ordinal);
        var name = equals < 0 ? word : word[..equals];
        var value = equals < 0 ? null : word[(equals + 1)..];
        switch (name)
        {
            case "allow_other" or "allow-other": AllowOther = true; break;
            case "no_allow_other" or "no-allow-other": AllowOther = false; break;
            case "ro" or "read-only": ReadOnly = true; break;
            case "rw": ReadOnly = false; break;
            case "show-snapshots": ShowSnapshots = true; break;
            // What had to be asked for once: they are hidden unless they are to be shown.
            case "hide-snapshots": break;
            case "snapshots-survive-power-cuts": DurableSnapshots = true; break;
            case "adopt-state": AdoptState = true; break;
            case "state": State = Path(word, value); break;
            case "preserve": Preserve = Path(word, value); break;
            case "threads": Threads = Number(word, value, 1, MountRules.MaxThreads); break;
            case "transport": Transport = TransportWord.Parse(value ?? "") ?? throw Unread(word, TransportWord.Rule); break;
            case "spin": Spin = Number(word, value, 0, MountRules.MaxSpin); break;
            case "hang-limit": HangLimit = Number(word, value, 0, MountRules.MaxHangLimit); break;
            case "max-checkpoints": MaxCheckpoints = Number(word, value, 0, int.MaxValue); break;
            case "preserve-limit": PreserveLimit = SpaceWord.Limit(value ?? "") ?? throw Unread(word, $"{SpaceWord.LimitRule}; {ByteSize.Advice(value ?? "")}"); break;
            case "when-full": WhenFull = SpaceWord.Policy(value ?? "") ?? throw Unread(word, SpaceWord.PolicyRule); break;
            case "when-full-limit": WhenFullLimit = Number(word, value, 0, SpaceWord.LongestWait); break;
            case "noexec": Flags |= MountFlags.NoExecution; break;
            case "exec": Flags &= ~MountFlags.NoExecution; break;
            case "noatime": Flags |= MountFlags.NoAccessTime; break;
            case "atime" or "relatime": Flags &= ~MountFlags.NoAccessTime; break;
            case "nodiratime": Flags |= MountFlags.NoFolderAccessTime; break;
            case "diratime": Flags &= ~MountFlags.NoFolderAccessTime; break;
            // What mount(8) and fstab say for everyone: always so in VdFs, or meant for others.
            case "defaults" or "nosuid" or "nodev" or "_netdev" or "auto" or "noauto" or "nofail" or "user" or "users" or "nouser"
                or "owner" or "group" or "async" or "default_permissions" or "nostrictatime" or "nolazytime" or "silent" or "comment":
                break;
            case var x when x.StartsWith("x-", StringComparison.OrdinalIgnoreCase): break;
            case "suid" or "dev":
                throw Refused(word, "set-user-id programs and device nodes never take effect on a mount of VdFs; leave the word out");
            case "sync" or "dirsync":
                throw Refused(word, "VdFs brings to stable storage what a program asks for with fsync(2), O_SYNC or O_DSYNC; leave the word out");
            case "strictatime" or "lazytime":
                throw Refused(word, "access times are kept as the filesystem of the images is mounted; mount that one so, and leave the word out");
            default:
                throw new CommandFailedException(ExitCode.Usage,
                    $"VdFs doesn't know the mount option \"{word}\"{(Commands.Suggestion.Nearest(name, Known) is { } near ? $"; did you mean {near}?" : ";")} `vdfs mount --help` lists those that it knows.");
        }
    }

    private static CommandFailedException Refused(string word, string reason) =>
        new(ExitCode.Usage, $"VdFs can't do what the mount option \"{word}\" asks for: {reason}.");

    /// <summary>For suggestions.</summary>
    private static readonly string[] Known =
    [
        "allow_other", "no_allow_other", "ro", "rw", "show-snapshots", "hide-snapshots", "snapshots-survive-power-cuts", "adopt-state", "state", "preserve", "threads", "transport", "spin", "hang-limit",
        "max-checkpoints", "preserve-limit", "when-full", "when-full-limit", "noexec", "noatime", "nodiratime",
    ];

    private static CommandFailedException Unread(string word, string rule) =>
        new(ExitCode.Usage, $"The mount option \"{word}\" needs {rule}.");

    private static string Path(string word, string? value) =>
        !string.IsNullOrEmpty(value) ? value
            : throw new CommandFailedException(ExitCode.Usage, $"The mount option \"{word}\" needs a directory: {word.TrimEnd('=')}=DIR.");

    private static int Number(string word, string? value, int least, int most) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= least && number <= most ? number
            : throw new CommandFailedException(ExitCode.Usage, $"The mount option \"{word}\" needs a whole number of {least} or more.");
}
