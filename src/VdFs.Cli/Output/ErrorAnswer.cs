using System.IO;
using VdFs.Cli.Service;

namespace VdFs.Cli.Output;

/// <summary>Answer of a command with --json that failed.</summary>
/// <param name="Error">What went wrong.</param>
public sealed record ErrorAnswer(ErrorDetail Error)
{
    /// <summary>One sentence on stderr, and with --json one value on stdout.</summary>
    internal static async Task WriteAsync(CliHost host, bool json, ExitCode code, string message)
    {
        string sentence = Shown.Text(message.ReplaceLineEndings(" "));
        await host.Error.WriteLineAsync("vdfs: " + sentence).ConfigureAwait(false);
        if (!json)
            return;
        try
        {
            JsonOutput.Write(host.Out, new ErrorAnswer(new ErrorDetail((int)code, sentence)), ServiceJson.Default.ErrorAnswer);
        }
        catch (IOException)
        {
            // Nobody reads it any more; the exit code tells.
        }
    }
}

/// <param name="ExitCode">As <see cref="Cli.ExitCode"/>.</param>
/// <param name="Message">The sentence that stands on stderr.</param>
public sealed record ErrorDetail(int ExitCode, string Message);
