using System.Diagnostics;
using System.IO;

namespace VdFs.Cli.Tests.EndToEnd;

/// <summary>Runs lines of bash in a folder, with the mount scripts at $scripts. Ends with the output's end: a daemon that kept its starter's pipes would be noticed.</summary>
internal static class Shell
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);

    public static string Scripts { get; } = FindScripts();

    public static async Task<(int Code, string Out, string Error)> RunAsync(string folder, string lines)
    {
        var start = new ProcessStartInfo("bash", ["-c", lines])
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["scripts"] = Scripts },
        };
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        using var patience = new CancellationTokenSource(Limit);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(patience.Token);
            var error = process.StandardError.ReadToEndAsync(patience.Token);
            await process.WaitForExitAsync(patience.Token);
            return (process.ExitCode, await output, await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"Not done within {Limit.TotalSeconds} s: {lines}");
        }
    }

    /// <summary>The same, and it has to succeed.</summary>
    public static async Task<string> DoAsync(string folder, string lines)
    {
        var (code, output, error) = await RunAsync(folder, lines);
        Assert.True(code == 0, $"{lines}\nexit code {code}\n{output}{error}");
        return output;
    }

    private static string FindScripts()
    {
        for (string? folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "VdFs.sln")))
                return Path.Combine(folder, "mount-scripts");
        }
        throw new DirectoryNotFoundException("No VdFs.sln above " + AppContext.BaseDirectory);
    }
}
