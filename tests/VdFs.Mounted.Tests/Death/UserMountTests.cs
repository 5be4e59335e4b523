using System.IO;
using Xunit.Abstractions;

namespace VdFs.Mounted.Tests.Death;

/// <summary>Deaths behind a mount of a user who isn't root, with that user's programs as clients.</summary>
public sealed class UserMountTests(ITestOutputHelper output)
{
    private const long ImageSize = 64 << 20;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan EndLimit = TimeSpan.FromMinutes(2);

    /// <summary>Names made, renamed, linked and deleted, files that are open without a name, and snapshots that must show what was there when they were cut. Ends at the first step that isn't done, or is done twice.</summary>
    private const string Names =
        """
        set -eu
        cd "$1"; mkdir names; cd names
        i=0
        while [ ! -e ../stop ]; do
          i=$((i + 1))
          echo "$i" >f$i; [ "$(cat f$i)" = "$i" ]
          mv f$i g$i; [ ! -e f$i ]
          ln g$i h$i; rm g$i; [ "$(cat h$i)" = "$i" ]
          mkdir d$i; rmdir d$i
          ln -s h$i l$i; rm l$i
          exec 4<h$i; rm h$i; [ "$(cat <&4)" = "$i" ]; exec 4<&-
          echo "$i" >mark
          mkdir ../.snapshots/s$i
          echo later >>mark
          [ "$(cat ../.snapshots/s$i/names/mark)" = "$i" ]
          rmdir ../.snapshots/s$i; rmdir ../.snapshots/.checkpoints/s$i
        done
        rm mark
        [ -z "$(ls)" ]
        echo "rounds: $i"
        """;

    [Fact]
    public void Clients_of_a_user_notice_nothing_but_a_pause_when_the_worker_is_replaced()
    {
        int seed = TestSeed.Get();
        output.WriteLine(TestSeed.Message(seed));
        var random = new Random(seed);
        var user = new UserMounter();
        using var images = new MountedImages(
            made =>
            {
                using (FileStream file = File.Create(Path.Combine(made.Backing, "exact.img")))
                    file.SetLength(ImageSize);
                user.Prepare(made);
            }, user);
        using IDisposable watchdog = images.AbortAfter(Limit);
        var daemon = new Daemon(images);
        UserMounter.Run("mkdir", images.Snapshot("base")).Checked();
        using var fio = new FioLoad(images, "exact.img", seed, UserMounter.Prefix, ["--time_based", "--runtime=3600"]);
        using var names = new BackgroundTool(UserMounter.Prefix[0], [.. UserMounter.Prefix[1..], "sh", "-c", Names, "sh", images.Mount]);
        for (int i = 1; i <= 8; i++)
        {
            Thread.Sleep(random.Next(200, 1500));
            if (i % 4 == 0)
                user.Vdfs("upgrade", images.Mount).Checked();
            else
                daemon.KillWorker();
            daemon.WaitForSuccession(i);
        }
        UserMounter.Run("touch", Path.Combine(images.Mount, "stop")).Checked();
        int code = names.WaitForExit(EndLimit);
        string said = string.Join('\n', names.Lines);
        Assert.True(code == 0, $"The client of names ended with {code}:\n{said}");
        fio.Stop(EndLimit);
        fio.CheckRecord("base");
        output.WriteLine($"{said}, median pause {Daemon.Median(daemon.Pauses()):F0} ms");
    }
}
