using System.IO;
using VdFs.Mounted.Tests.Death;

namespace VdFs.Mounted.Tests.State;

/// <summary>A cut that was refused never appears, whatever becomes of its state directory's device and of the worker.</summary>
public sealed class RefusedCutTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_cut_whose_mkdir_failed_is_not_there_after_the_workers_death(bool roomFirst)
    {
        FullDevice? device = null;
        using var images = new MountedImages(images => images.Own(device = new FullDevice(images.Root, images.State)));
        File.WriteAllBytes($"{images.Backing}/a.img", new byte[100_000]);
        var daemon = new Daemon(images);
        for (int round = 1; round <= 2; round++)
        {
            device!.Fill();
            string? refused = Enumerable.Range(1, 40).Select(i => $"r{round}-{i}").FirstOrDefault(name => Tool.Run("mkdir", images.Snapshot(name)).ExitCode != 0);
            Assert.NotNull(refused);
            string[] held = Names(images);
            Assert.DoesNotContain(refused, held);
            if (roomFirst)
                device.MakeRoom();
            daemon.KillWorker();
            device.MakeRoom();
            daemon.WaitForSuccession(round);
            Assert.Equal(held, Names(images));
        }
        images.Cut("after");
        Assert.Contains("after", Names(images));
    }

    private static string[] Names(MountedImages images) => [.. Tool.Run("ls", images.Snapshots).Checked().Lines.Order(StringComparer.Ordinal)];
}
