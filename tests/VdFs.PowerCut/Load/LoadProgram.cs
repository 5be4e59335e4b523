using System.Globalization;
using System.IO;
using VdFs.PowerCut.Checks;
using VdFs.PowerCut.Native;

namespace VdFs.PowerCut.Load;

/// <summary>`powercut load IMAGES MOUNT DISK OFFSET SEED SECONDS [OPTION…]`, run in the guest: mounts IMAGES; images, writers and snapshots, told to the ledger.</summary>
public static class LoadProgram
{
    public static int Run(string[] arguments)
    {
        string mount = arguments[1];
        using var served = new ServedImages(ServedImages.CommandInGuest, arguments[0], mount, arguments[6..]);
        using var ledger = new Ledger(arguments[2], long.Parse(arguments[3], CultureInfo.InvariantCulture));
        var plan = new LoadPlan(ulong.Parse(arguments[4], CultureInfo.InvariantCulture));
        var span = TimeSpan.FromSeconds(int.Parse(arguments[5], CultureInfo.InvariantCulture));

        Directory.CreateDirectory($"{mount}/sub");
        for (int i = 0; i < LoadPlan.Images; i++)
        {
            using RawFile image = RawFile.Created($"{mount}/{LoadPlan.Name(i)}");
            image.SetLength(LoadPlan.ImageSize);
            image.Sync();
        }
        Sync(mount);
        Sync($"{mount}/sub");
        Writer[] writers = [.. Enumerable.Range(0, LoadPlan.Writers).Select(w => new Writer(plan, w, mount, ledger))];
        var snapshots = new SnapshotTaker(plan, mount, writers, ledger);
        snapshots.WarmUp();
        ledger.Append($"begin {plan.Seed}");
        Console.WriteLine("VDFS LOAD BEGINS");
        using var end = new CancellationTokenSource(span);
        Exception? failure = null;
        Thread[] threads = [.. writers.Select(w => new Thread(() => Guard(() => w.Run(writers, end.Token))))];
        foreach (Thread thread in threads)
            thread.Start();
        Guard(() => snapshots.Run(end.Token));
        foreach (Thread thread in threads)
            thread.Join();
        ledger.Append("end");
        Console.WriteLine($"VDFS LOAD ENDS after {string.Join(", ", writers.Select(w => w.Ended))} writes");
        return failure is null ? 0 : 1;

        void Guard(Action run)
        {
            try
            {
                run();
            }
#pragma warning disable CA1031 // Whatever it is, the guest has to say it and end.
            catch (Exception e)
#pragma warning restore CA1031
            {
                failure = e;
                Console.WriteLine($"VDFS FAILED {e}");
                end.Cancel();
            }
        }
    }

    private static void Sync(string folder)
    {
        using RawFile directory = RawFile.ForReading(folder);
        directory.Sync();
    }
}
