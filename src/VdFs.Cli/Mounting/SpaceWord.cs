using VdFs.Core.Space;

namespace VdFs.Cli.Mounting;

/// <summary>Words of the options about space. What can't be read is null, and the caller says which word it was.</summary>
public static class SpaceWord
{
    public const string LimitRule = ByteSize.Rule + ", a part of the filesystem (25%), or none";
    public const string PolicyRule = "give-up, wait or fail";

    /// <summary>Longest wait, in seconds: a day.</summary>
    public const int LongestWait = 86_400;

    /// <summary>As it is typed: a number without a unit is none.</summary>
    public static SpaceLimit? Limit(string text) => SpaceLimit.TryParse(text, out var limit) && !text.All(char.IsAsciiDigit) ? limit : null;

    public static WhenFull? Policy(string text) => text switch
    {
        "give-up" => WhenFull.GiveUp,
        "wait" => WhenFull.Wait,
        "fail" => WhenFull.Fail,
        _ => null,
    };

    public static string Of(WhenFull policy) => policy switch
    {
        WhenFull.Wait => "wait",
        WhenFull.Fail => "fail",
        _ => "give-up",
    };
}
