using System.Globalization;

namespace VdFs.Mounted.Tests.Unmounting;

/// <summary>A process that keeps a mount: by an open file, or by a mount namespace of its own.</summary>
internal sealed class Holder : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private readonly BackgroundTool tool;

    private Holder(string command, params string[] arguments)
    {
        tool = new BackgroundTool(command, arguments);
        tool.WaitFor("the holder", lines => lines.Count > 0, Limit);
        Process = int.Parse(tool.Lines[0], CultureInfo.InvariantCulture);
    }

    public int Process { get; }

    /// <summary>A namespace made now: `private`, or `slave`, as systemd makes them for sandboxed units.</summary>
    public static Holder OfNamespace(string propagation) => new("unshare", "--mount", "--propagation", propagation, "bash", "-c", "echo $$; exec sleep 300");

    public static Holder OfFile(string path) => new("bash", "-c", "exec 3<\"$0\"; echo $$; exec sleep 300", path);

    /// <summary>Whether its namespace shows a VdFs mount there.</summary>
    public bool Sees(string mount) => System.IO.File.ReadAllText($"/proc/{Process}/mountinfo").Contains($" {mount} ", StringComparison.Ordinal);

    public void Dispose() => tool.Dispose();
}
