using System.CommandLine;
using System.CommandLine.Parsing;
using VdFs.Cli.Mounting;
using VdFs.Core.Space;

namespace VdFs.Cli.Commands;

/// <summary>The options about the preserve store's room, of `vdfs mount` and `vdfs set`.</summary>
internal sealed class SpaceOptions
{
    private readonly Option<string?> limit = new("--preserve-limit") { Description = "How much pre-images, and deleted images that snapshots need, may take: SIZE, PERCENT% of their filesystem, or none. [default: none; some room stays free on their filesystem in any case]", HelpName = "SIZE" };
    private readonly Option<string?> policy = new("--when-full") { Description = "What happens then: give-up (the oldest snapshot), wait (writers do), fail (writers get ENOSPC). [default: give-up]", HelpName = "POLICY" };
    private readonly Option<int?> wait = new("--when-full-limit") { Description = "Seconds that a writer waits before it gets ENOSPC. [default: 30]", HelpName = "SECONDS" };

    public SpaceOptions()
    {
        limit.Validators.Add(result => Check(result, text => SpaceWord.Limit(text) is not null, SpaceWord.LimitRule, ByteSize.Advice));
        policy.Validators.Add(result => Check(result, text => SpaceWord.Policy(text) is not null, SpaceWord.PolicyRule));
        wait.Validators.Add(result => Check(result, text => int.TryParse(text, out int seconds) && seconds is >= 0 and <= SpaceWord.LongestWait, $"a whole number of seconds up to {SpaceWord.LongestWait}"));
    }

    public void AddTo(Command command)
    {
        command.Options.Add(limit);
        command.Options.Add(policy);
        command.Options.Add(wait);
    }

    public SpaceLimit? Limit(ParseResult parsed) => parsed.GetValue(limit) is { } text ? SpaceWord.Limit(text) : null;

    public WhenFull? Policy(ParseResult parsed) => parsed.GetValue(policy) is { } text ? SpaceWord.Policy(text) : null;

    public int? WaitLimit(ParseResult parsed) => parsed.GetValue(wait);

    private static void Check(OptionResult result, Func<string, bool> isRight, string rule, Func<string, string>? advice = null)
    {
        if (result.Tokens is [var token] && !isRight(token.Value))
            result.AddError($"{result.IdentifierToken?.Value} needs {rule}{(advice is null ? "" : "; " + advice(token.Value))}.");
    }
}
