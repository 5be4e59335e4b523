using System.IO;
using VdFs.Core.Catalog;
using VdFs.PowerCut.Guests;
using VdFs.PowerCut.Load;
using VdFs.TestKit.Mounting;
using VdFs.TestKit.Processes;

namespace VdFs.PowerCut.Checks;

/// <summary>The disk of a power cut, and what the load knew at that moment. A check changes the disk.</summary>
/// <param name="path">The disk.</param>
/// <param name="folder">For mount points and what else is needed.</param>
/// <param name="plan">What was written.</param>
/// <param name="records">The ledger up to the power cut.</param>
/// <param name="mountOptions">Options for `vdfs mount`.</param>
public sealed class CutDisk(string path, string folder, LoadPlan plan, IReadOnlyList<string[]> records, string[] mountOptions)
{
    /// <summary>Mounts it on this machine, whose boot is another one than the guest's; its kernel replays the filesystem's journal.</summary>
    /// <param name="random">For samples.</param>
    /// <param name="believing">VdFs is made to believe that it ended cleanly: what the check should find out.</param>
    public CutResult CheckHere(Random random, bool believing = false)
    {
        var history = new History();
        foreach (string[] words in records)
            history.Take(words);
        string backing = Directory.CreateDirectory(Path.Combine(folder, "backing")).FullName;
        string mount = Directory.CreateDirectory(Path.Combine(folder, "mount")).FullName;
        using var loop = new LoopDevice(path);
        loop.Mount(backing, "ext4");
        string images = Path.Combine(backing, "images");
        if (believing)
            PretendCleanEnd(images);
        try
        {
            using ServedImages served = new(["dotnet", Repository.Vdfs], images, mount, mountOptions);
            CutResult result = new CutCheck(plan, history, served, random).Run();
            served.Unmount();
            return result;
        }
#pragma warning disable CA1031 // VdFs refused what it has to do, or died: that is a broken promise like any other, and further power cuts have more to tell.
        catch (Exception e)
#pragma warning restore CA1031
        {
            return new CutResult { Violations = { e.ToString() } };
        }
        finally
        {
            _ = MountLeaks.End(mount);
            Unmount(loop);
        }
    }

    /// <summary>A daemon that was ended has the disk in use until its last thread has gone.</summary>
    private static void Unmount(LoopDevice loop)
    {
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                loop.Unmount();
                return;
            }
            catch (ToolFailedException) when (attempt < 100)
            {
                Thread.Sleep(100);
            }
        }
    }

    /// <summary>Boots a guest from it, which mounts and checks.</summary>
    public CutResult CheckBooted(DiskGuest guest, Random random) => CheckProgram.ResultIn(guest.Run(
        path, log: null, commit: 5,
        ["check", "/mnt/images", "/vm", "/history", $"{plan.Seed}", $"{random.Next()}", .. mountOptions],
        TimeSpan.FromMinutes(1),
        new Dictionary<string, string> { ["history"] = string.Join('\n', records.Select(r => string.Join(' ', r))) }));

    private static void PretendCleanEnd(string images)
    {
        using SqliteCatalog catalog = SqliteCatalog.Open($"{images}/.vdfs/catalog.db");
        _ = catalog.Load();
        catalog.EndMount([]);
    }
}
