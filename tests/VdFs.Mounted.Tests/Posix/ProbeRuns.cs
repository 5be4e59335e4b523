using System.IO;
using VdFs.PosixProbe;

namespace VdFs.Mounted.Tests.Posix;

/// <summary>All cases, run once on the backing filesystem and once on a mount of it.</summary>
public sealed class ProbeRuns : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);
    private readonly MountedImages images = new();

    public ProbeRuns()
    {
        Bare = Run(Directory.CreateDirectory(Path.Combine(images.Scratch, "posix")).FullName);
        Mounted = Run(Directory.CreateDirectory(Path.Combine(images.Mount, "posix")).FullName);
    }

    /// <summary>What each case saw.</summary>
    public IReadOnlyDictionary<string, string> Bare { get; }

    public IReadOnlyDictionary<string, string> Mounted { get; }

    public void Dispose() => images.Dispose();

    /// <summary>Runs as many cases as possible in one process; after one that crashes or hangs, the rest in a further one.</summary>
    private static Dictionary<string, string> Run(string folder)
    {
        string program = Repository.Assembly("tests/VdFs.PosixProbe", "posix-probe.dll");
        Dictionary<string, string> seen = [];
        List<string> left = [.. ProbeCases.Names];
        while (left.Count > 0)
        {
            ToolResult result = Tool.Run("dotnet", [program, folder, .. left], Limit);
            foreach (string line in result.Lines)
            {
                int tab = line.IndexOf('\t', StringComparison.Ordinal);
                if (tab > 0 && left.Remove(line[..tab]))
                    seen[line[..tab]] = line[(tab + 1)..];
            }
            if (left.Count == 0)
                break;
            seen[left[0]] = $"NO ANSWER (exit code {result.ExitCode}): {result.Error}";
            left.RemoveAt(0);
        }
        return seen;
    }
}
