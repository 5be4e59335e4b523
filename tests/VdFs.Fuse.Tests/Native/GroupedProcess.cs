using System.Diagnostics;
using System.IO;

namespace VdFs.Fuse.Tests.Native;

/// <summary>A process with chosen supplementary groups, to be asked for by its id. Ends with its owner. Needs root.</summary>
internal sealed class GroupedProcess : IDisposable
{
    private readonly Process process;

    public GroupedProcess(string groups)
    {
        process = Process.Start(new ProcessStartInfo("setpriv", ["--reuid=1000", "--regid=1000", $"--groups={groups}", "sleep", "300"]))!;
        // setpriv becomes sleep once it has done its work.
        for (int tries = 0; File.ReadAllText($"/proc/{process.Id}/comm").Trim() != "sleep"; tries++)
        {
            Assert.True(tries < 1000, "setpriv did not start sleep");
            Thread.Sleep(10);
        }
    }

    public int Id => process.Id;

    public void Dispose()
    {
        process.Kill();
        process.WaitForExit();
        process.Dispose();
    }
}
