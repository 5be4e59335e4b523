namespace VdFs.Cli;

/// <summary>The version of this build.</summary>
internal static class CommandVersion
{
    public static string Text { get; } = typeof(CommandVersion).Assembly.GetName().Version?.ToString(3) ?? "0";
}
