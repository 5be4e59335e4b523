using System.CommandLine;
using VdFs.Cli.Mounting;

namespace VdFs.Cli.Commands;

/// <summary>The arguments and options that describe a mount, and how they become a <see cref="MountRequest"/>: an option beats a word of `-o`, that the default.</summary>
internal sealed class MountWords
{
    private readonly Argument<string> images = new("IMAGES") { Description = "The directory that holds the disk images." };
    private readonly Argument<string> point = new("MOUNTPOINT") { Description = "Where to show them; may be the same directory." };
    private readonly Option<bool> allowOther = new("--allow-other") { Description = "Let other users in (permissions still count). Default for root." };
    private readonly Option<bool> noAllowOther = new("--no-allow-other") { Description = "Let only the user in who mounts." };
    private readonly Option<bool> readOnly = new("--read-only", "-r") { Description = "Let nothing be written through the mount." };
    private readonly Option<bool> showSnapshots = new("--show-snapshots") { Description = "List .snapshots in the mount's root; without, it is reached by its name only, and tools that walk the tree pass it by." };

    /// <summary>Does nothing: fstab and units that ask for the default go on working.</summary>
    private readonly Option<bool> hideSnapshots = new("--hide-snapshots") { Hidden = true };
    private readonly Option<bool> durableSnapshots = new("--snapshots-survive-power-cuts") { Description = "Bring pre-images and records to stable storage before an image changes; costs syncs." };
    private readonly Option<string?> state = new("--state") { Description = "Where VdFs keeps its records. [default: .vdfs in IMAGES]", HelpName = "DIR" };
    private readonly Option<string?> preserve = new("--preserve") { Description = "Where pre-images go. [default: in the state directory]", HelpName = "DIR" };
    private readonly Option<bool> adoptState = new("--adopt-state") { Description = "Use a state directory that belongs to another backing directory: all images count as changed, held snapshots are lost." };
    private readonly Option<int?> maxCheckpoints = new("--max-checkpoints") { Description = $"How many checkpoints are kept. [default: {MountRequest.DefaultMaxCheckpoints}]", HelpName = "N" };
    private readonly SpaceOptions space = new();
    private readonly Option<int?> threads = new("--threads") { Description = "Threads that serve requests. [default: as suits the host]", HelpName = "N" };
    private readonly Option<string?> transport = new("--transport") { Description = "How requests come from the kernel: auto (io_uring where it may be used), io_uring, or read. [default: auto]", HelpName = "WAY" };
    private readonly Option<int?> spin = new("--spin") { Description = $"Look for the next request for so long before sleeping, while that pays; 0: never. [default: {MountRequest.DefaultSpin}]", HelpName = "MICROSECONDS" };
    private readonly Option<int?> hangLimit = new("--hang-limit") { Description = $"Replace a worker that shows no life for so long; 0: never. [default: {MountRequest.DefaultHangLimit}]", HelpName = "SECONDS" };
    private readonly Option<string[]> words = new("-o") { Description = "The same as words of mount(8): allow_other, ro, show-snapshots, snapshots-survive-power-cuts, state=DIR, preserve=DIR, adopt-state, threads=N, transport=WAY, spin=MICROSECONDS, hang-limit=SECONDS, max-checkpoints=N, preserve-limit=SIZE, when-full=POLICY, when-full-limit=SECONDS.", HelpName = "WORDS" };

    public MountWords()
    {
        maxCheckpoints.Validators.Add(result => AtLeast(result, 0, int.MaxValue));
        hangLimit.Validators.Add(result => AtLeast(result, 0, MountRules.MaxHangLimit));
        spin.Validators.Add(result => AtLeast(result, 0, MountRules.MaxSpin));
        transport.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && TransportWord.Parse(token.Value) is null)
                result.AddError($"--transport needs {TransportWord.Rule}.");
        });
        threads.Validators.Add(result => AtLeast(result, 1, MountRules.MaxThreads));
    }

    public void AddTo(Command command)
    {
        command.Arguments.Add(images);
        command.Arguments.Add(point);
        foreach (Option option in (Option[])[allowOther, noAllowOther, readOnly, showSnapshots, hideSnapshots, durableSnapshots, state, preserve, adoptState, maxCheckpoints, threads, transport, spin, hangLimit, words])
            command.Options.Add(option);
        space.AddTo(command);
    }

    public MountRequest Read(ParseResult parsed, CliHost host, MountView mounts)
    {
        var given = OptionWords.Parse(parsed.GetValue(words) ?? []);
        if (parsed.GetValue(allowOther) && parsed.GetValue(noAllowOther))
            throw new CommandFailedException(ExitCode.Usage, "--allow-other and --no-allow-other contradict each other; give one of them.");
        return new()
        {
            BackingDirectory = Resolve(parsed.GetRequiredValue(images), mounts),
            MountPoint = Resolve(parsed.GetRequiredValue(point), mounts),
            AllowOther = !parsed.GetValue(noAllowOther) && (parsed.GetValue(allowOther) || (given.AllowOther ?? host.User == 0)),
            ReadOnly = parsed.GetValue(readOnly) || (given.ReadOnly ?? false),
            Flags = given.Flags,
            ShowSnapshots = parsed.GetValue(showSnapshots) || (given.ShowSnapshots ?? false),
            DurableSnapshots = parsed.GetValue(durableSnapshots) || (given.DurableSnapshots ?? false),
            State = (parsed.GetValue(state) ?? given.State) is { } at ? Resolve(at, mounts) : null,
            Preserve = (parsed.GetValue(preserve) ?? given.Preserve) is { } to ? Resolve(to, mounts) : null,
            AdoptState = parsed.GetValue(adoptState) || (given.AdoptState ?? false),
            MaxCheckpoints = parsed.GetValue(maxCheckpoints) ?? given.MaxCheckpoints ?? MountRequest.DefaultMaxCheckpoints,
            PreserveLimit = space.Limit(parsed) ?? given.PreserveLimit ?? default,
            WhenFull = space.Policy(parsed) ?? given.WhenFull ?? default,
            WhenFullLimit = space.WaitLimit(parsed) ?? given.WhenFullLimit,
            HangLimit = parsed.GetValue(hangLimit) ?? given.HangLimit ?? MountRequest.DefaultHangLimit,
            Threads = parsed.GetValue(threads) ?? given.Threads ?? 0,
            Transport = (parsed.GetValue(transport) is { } way ? TransportWord.Parse(way) : given.Transport) ?? Transport.Auto,
            Spin = parsed.GetValue(spin) ?? given.Spin ?? MountRequest.DefaultSpin,
        };
    }

    private static string Resolve(string typed, MountView mounts) =>
        typed.Length > 0 ? PathResolver.Resolve(typed, mounts)
            : throw new CommandFailedException(ExitCode.Usage, "A directory's name is empty; name the directory.");

    private static void AtLeast(System.CommandLine.Parsing.OptionResult result, int least, int most)
    {
        if (result.Tokens is [var token] && (!int.TryParse(token.Value, out int number) || number < least || number > most))
            result.AddError($"{result.IdentifierToken?.Value} needs a whole number from {least} to {most}.");
    }
}
