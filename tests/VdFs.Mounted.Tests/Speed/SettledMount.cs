using System.IO;
using System.Text.Json;
using VdFs.Mounted.Tests.Mounts;

namespace VdFs.Mounted.Tests.Speed;

/// <summary>A mount with one image, past what only the first requests cost: the compiler, and the record of each block.</summary>
public sealed class SettledMount : IDisposable
{
    private const int MiB = 64;

    /// <summary>One thread that doesn't look before it sleeps: what is counted doesn't hang on when the scheduler ran whom, nor on being traced.</summary>
    private static readonly string[] Options = ["--threads", "1", "--spin", "0"];

    public SettledMount()
    {
        Image = Path.Combine(Images.Mount, "image");
        try
        {
            WriteAll();
            FioRun.Time(Image, "randrw", 16, 2000);
            FioRun.Time(Image, "randrw", 1, 500);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public MountedImages Images { get; } = new(Options);

    public string Image { get; }

    public JsonElement Status => DaemonStatus.Of(Images.Mount);

    /// <summary>Writes each block: none is written for the first time since the last cut after that.</summary>
    public void WriteAll() => Tool.Bash($"head -c {MiB}M /dev/urandom | dd of={Image} bs=1M conv=notrunc iflag=fullblock status=none").Checked();

    public void Dispose() => Images.Dispose();
}
