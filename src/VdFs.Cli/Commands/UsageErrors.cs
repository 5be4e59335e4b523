using System.CommandLine;
using System.CommandLine.Parsing;

namespace VdFs.Cli.Commands;

/// <summary>What is wrong with a command line, in one sentence with the nearest right form; not the library's words.</summary>
internal static class UsageErrors
{
    /// <summary>Null: it can be run.</summary>
    public static string? Find(ParseResult parsed)
    {
        var result = parsed.CommandResult;
        return Misplaced(parsed, result) ?? NoCommand(parsed, result) ?? Unmatched(parsed, result) ?? OfOptions(parsed, result) ?? Missing(result) ?? Empty(result)
            ?? (parsed.Errors.Count > 0 ? Sentence(parsed.Errors[0].Message) : null);
    }

    /// <summary>`vdfs snapshot create`.</summary>
    public static string PathOf(CommandResult command)
    {
        var names = new List<string>();
        for (SymbolResult? one = command; one is not null; one = one.Parent)
        {
            if (one is CommandResult { Command: var known })
                names.Insert(0, known is RootCommand ? "vdfs" : known.Name);
        }
        return string.Join(' ', names);
    }

    /// <summary>Options that a command takes, with those of the commands above it that hold everywhere.</summary>
    public static IEnumerable<Option> OptionsOf(CommandResult result)
    {
        foreach (var option in result.Command.Options)
            yield return option;
        for (SymbolResult? above = result.Parent; above is not null; above = above.Parent)
        {
            if (above is CommandResult { Command: var command })
            {
                foreach (var option in command.Options.Where(option => option.Recursive))
                    yield return option;
            }
        }
    }

    /// <summary>How an argument stands in a usage line.</summary>
    public static string Form(Argument argument) => argument.Name.Contains('[', StringComparison.Ordinal) ? argument.Name
        : argument.Arity.MinimumNumberOfValues == 0 ? argument.Arity.MaximumNumberOfValues > 1 ? $"[{argument.Name}...]" : $"[{argument.Name}]"
        : argument.Arity.MaximumNumberOfValues > 1 ? $"{argument.Name}..." : argument.Name;

    /// <summary>An unknown option that the library took for an argument.</summary>
    private static string? Misplaced(ParseResult parsed, CommandResult result)
    {
        var afterDashes = parsed.Tokens.SkipWhile(token => token.Type != TokenType.DoubleDash).Select(token => token.Value).ToHashSet(StringComparer.Ordinal);
        foreach (var token in result.Children.OfType<ArgumentResult>().SelectMany(argument => argument.Tokens))
        {
            if (token.Value.StartsWith("--", StringComparison.Ordinal) && token.Value.Length > 2 && !afterDashes.Contains(token.Value))
                return UnknownOption(token.Value, result);
        }
        return null;
    }

    private static string? NoCommand(ParseResult parsed, CommandResult result) =>
        CommandsOf(result.Command) is { Count: > 0 } commands && parsed.UnmatchedTokens.Count == 0 && parsed.Errors.Count > 0
            ? $"`{PathOf(result)}` needs a command: {string.Join(", ", commands)}." : null;

    private static string? Unmatched(ParseResult parsed, CommandResult result)
    {
        if (parsed.UnmatchedTokens is not [var first, ..])
            return null;
        if (first.StartsWith('-') && first.Length > 1)
            return UnknownOption(first, result);
        var commands = CommandsOf(result.Command);
        if (commands.Count > 0)
        {
            return Suggestion.Nearest(first, commands) is { } near
                ? $"There is no command '{first}'; did you mean `{PathOf(result)} {near}`?"
                : $"There is no command '{first}'; there are {string.Join(", ", commands)}.";
        }
        return $"'{first}' is one argument too many; the form is: {UsageOf(result)}.";
    }

    private static string UnknownOption(string typed, CommandResult result)
    {
        string name = typed.Split('=')[0];
        var known = OptionsOf(result).Where(option => !option.Hidden).SelectMany(option => option.Aliases.Append(option.Name)).Where(one => one.StartsWith("--", StringComparison.Ordinal));
        return Suggestion.Nearest(name, known) is { } near
            ? $"`{PathOf(result)}` has no option {name}; did you mean {near}?" : $"`{PathOf(result)}` has no option {name}.";
    }

    private static string? OfOptions(ParseResult parsed, CommandResult result)
    {
        foreach (var option in OptionsOf(result))
        {
            if (parsed.GetResult(option) is not { Implicit: false } given)
                continue;
            string name = given.IdentifierToken?.Value ?? option.Name;
            if (option.ValueType != typeof(bool) && given.Tokens.Count == 0)
                return $"{name} needs a value: {name} {option.HelpName ?? "VALUE"}.";
            if (given.IdentifierTokenCount > 1 && option.Arity.MaximumNumberOfValues <= 1)
                return $"{name} is given {given.IdentifierTokenCount} times; give it once.";
            if (given.Tokens.FirstOrDefault(token => token.Value.Length == 0) is not null)
                return $"{name} is empty: the value is missing, or a variable isn't set.";
            if (parsed.Errors.FirstOrDefault(error => error.Message.StartsWith(name + " ", StringComparison.Ordinal)) is { } own)
                return Sentence(own.Message);
            if ((option.ValueType == typeof(int) || option.ValueType == typeof(int?)) && given.Tokens is [var number] && !int.TryParse(number.Value, out _))
                return $"{name} takes a whole number, not '{number.Value}'.";
            if ((option.ValueType == typeof(double) || option.ValueType == typeof(double?)) && given.Tokens is [var real]
                && !double.TryParse(real.Value, System.Globalization.CultureInfo.InvariantCulture, out _))
                return $"{name} takes a number, not '{real.Value}'.";
        }
        return null;
    }

    private static string? Missing(CommandResult result)
    {
        var missing = result.Command.Arguments.Where(argument => argument.Arity.MinimumNumberOfValues > 0 && (result.GetResult(argument)?.Tokens.Count ?? 0) == 0).Select(argument => argument.Name)
            .Concat(result.Command.Options.Where(option => option.Required && result.GetResult(option) is null or { Implicit: true }).Select(option => $"{option.Name} {option.HelpName}")).ToList();
        return missing.Count == 0 ? null : $"{string.Join(" and ", missing)} {(missing.Count == 1 ? "is" : "are")} missing; the form is: {UsageOf(result)}.";
    }

    private static string? Empty(CommandResult result)
    {
        foreach (var argument in result.Children.OfType<ArgumentResult>())
        {
            if (argument.Tokens.Any(token => token.Value.Length == 0))
                return $"{argument.Argument.Name} is empty: a variable isn't set, perhaps; the form is: {UsageOf(result)}.";
        }
        return null;
    }

    private static string UsageOf(CommandResult result)
    {
        var words = result.Command.Arguments.Where(argument => !argument.Hidden).Select(Form)
            .Concat(result.Command.Options.Where(option => option.Required).Select(option => $"{option.Name} {option.HelpName}"));
        return string.Join(' ', words.Prepend(PathOf(result)));
    }

    private static List<string> CommandsOf(Command command) => [.. command.Subcommands.Where(one => !one.Hidden).Select(one => one.Name)];

    private static string Sentence(string message) => message.EndsWith('.') ? message : message + ".";
}
