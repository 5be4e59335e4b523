using System.IO;
using System.Text;
using VdFs.Core.Storage;

namespace VdFs.Cli;

/// <summary>The arguments as the kernel has them: a name that isn't UTF-8 is given to a command like any other (<see cref="ByteText"/>), where .NET's have lost its bytes.</summary>
internal static class ExactArguments
{
    public static string[] Of(string[] arguments)
    {
        if (!arguments.Any(a => a.Contains('\uFFFD', StringComparison.Ordinal)))
            return arguments;
        try
        {
            return Of(arguments, File.ReadAllBytes("/proc/self/cmdline"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return arguments;
        }
    }

    /// <param name="arguments">As .NET has them.</param>
    /// <param name="commandLine">All of the process's, each closed by a NUL (proc_pid_cmdline(5)); those of the command come last.</param>
    internal static string[] Of(string[] arguments, byte[] commandLine)
    {
        var all = new List<byte[]>();
        for (ReadOnlySpan<byte> rest = commandLine; rest.IndexOf((byte)0) is var end and >= 0; rest = rest[(end + 1)..])
            all.Add(rest[..end].ToArray());
        if (all.Count < arguments.Length)
            return arguments;
        var ours = all[^arguments.Length..];
        bool fits = arguments.Zip(ours).All(pair => pair.First == Encoding.UTF8.GetString(pair.Second));
        return fits ? [.. ours.Select(o => ByteText.Decode(o))] : arguments;
    }
}
