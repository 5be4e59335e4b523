using VdFs.TestKit.Processes;

namespace VdFs.TestKit.Mounting;

/// <summary>The `vdfs` command, as built with the tests.</summary>
public static class VdfsCommand
{
    private static readonly string Assembly = Repository.Vdfs;

    /// <summary>What starts the command, for a shell.</summary>
    public static IReadOnlyList<string> CommandLine { get; } = ["dotnet", Assembly];

    public static ToolResult Run(params IReadOnlyList<string> arguments) => Run(TimeSpan.FromSeconds(60), arguments);

    public static ToolResult Run(TimeSpan limit, IReadOnlyList<string> arguments) =>
        Tool.Run("dotnet", [Assembly, .. arguments], limit);
}
