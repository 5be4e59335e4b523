using System.IO;

namespace VdFs.Cli.Composition;

/// <summary>Which program a process of VdFs is, and how another one like it is started.</summary>
public static class WorkerProgram
{
    /// <summary>What this process was started from: the program itself, or the assembly that `dotnet` runs.</summary>
    public static string Build { get; } = FindBuild();

    /// <summary>The command line of a build, without arguments.</summary>
    /// <param name="build">An assembly, which `dotnet` runs, or a program; null: this process's.</param>
    public static IReadOnlyList<string> CommandOf(string? build)
    {
        build ??= Build;
        return Path.GetExtension(build) == ".dll" ? [FindHost(), build] : [build];
    }

    private static string FindBuild()
    {
        var program = ProcessPath();
        return Path.GetFileNameWithoutExtension(program) == "dotnet" ? typeof(WorkerProgram).Assembly.Location : program;
    }

    /// <summary>The `dotnet` that runs this process, if one does.</summary>
    private static string FindHost()
    {
        var program = ProcessPath();
        return Path.GetFileNameWithoutExtension(program) == "dotnet" ? program
            : Mounting.MountFacts.FindProgram("dotnet") ?? throw new CommandFailedException(ExitCode.HostLacks, "`dotnet` isn't in the PATH, which an assembly needs to run; name a program instead.");
    }

    private static string ProcessPath() =>
        Environment.ProcessPath ?? throw new CommandFailedException(ExitCode.Unexpected, "The path of this program isn't known; start it by its full path.");
}
