using System.Globalization;
using System.IO;

namespace VdFs.Mounted.Tests.Speed;

/// <summary>One file served by the bare loop, which tracks and holds nothing.</summary>
internal sealed class BareMount : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);
    private readonly string folder;
    private readonly BackgroundTool server;

    /// <param name="file">What is served.</param>
    /// <param name="folder">The mount point.</param>
    /// <param name="threads">That serve.</param>
    public BareMount(string file, string folder, int threads = 1)
    {
        this.folder = folder;
        server = new BackgroundTool(Favour.Command, Favour.Arguments("dotnet",
            Repository.Assembly("tests/VdFs.BareServer", "VdFs.BareServer.dll"), file, folder, "--threads", threads.ToString(CultureInfo.InvariantCulture)));
        for (var clock = System.Diagnostics.Stopwatch.StartNew(); MountEntry.Below(folder).Count == 0;)
        {
            if (clock.Elapsed > Limit)
            {
                server.Dispose();
                throw new TimeoutException("The bare loop hasn't mounted: " + string.Join('\n', server.Lines));
            }
            Thread.Sleep(20);
        }
    }

    public string Image => Path.Combine(folder, "image");

    public void Dispose()
    {
        Tool.Run("umount", folder);
        try
        {
            server.WaitForExit(Limit);
        }
        finally
        {
            server.Dispose();
        }
    }
}
