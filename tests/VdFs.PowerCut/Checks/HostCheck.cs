using System.IO;
using VdFs.PowerCut.Load;
using VdFs.TestKit.Mounting;

namespace VdFs.PowerCut.Checks;

/// <summary>Checks the disk of a power cut on this machine, whose boot is another one than the guest's.</summary>
public static class HostCheck
{
    /// <param name="disk">The disk; is changed.</param>
    /// <param name="folder">For mount points.</param>
    /// <param name="plan">What was written.</param>
    /// <param name="records">The ledger.</param>
    /// <param name="moment">When the power was cut.</param>
    /// <param name="mountOptions">Options for `vdfs mount`.</param>
    /// <param name="random">For samples.</param>
    public static CutResult Run(string disk, string folder, LoadPlan plan, IReadOnlyList<(int Moment, string[] Words)> records, int moment, string mountOptions, Random random)
    {
        var history = new History();
        foreach ((int at, string[] words) in records)
        {
            if (at <= moment)
                history.Take(words);
        }
        string backing = Directory.CreateDirectory(Path.Combine(folder, "backing")).FullName;
        string mount = Directory.CreateDirectory(Path.Combine(folder, "mount")).FullName;
        using var loop = new LoopDevice(disk);
        // Replays the filesystem's journal, as the next boot would.
        loop.Mount(backing, "ext4");
        using (var served = new ServedImages(["dotnet", Repository.Assembly("src/VdFs.Cli", "vdfs.dll")], Path.Combine(backing, "images"), mount,
            mountOptions.Split(' ', StringSplitOptions.RemoveEmptyEntries)))
        {
            try
            {
                CutResult result = new CutCheck(plan, history, served, random).Run();
                served.Unmount();
                loop.Unmount();
                return result;
            }
            finally
            {
                _ = MountLeaks.End(mount);
            }
        }
    }
}
