using VdFs.Mounted.Tests.Mounts;

namespace VdFs.Mounted.Tests.Speed;

/// <summary>What looking at views costs the daemon, counted in system calls, and that it doesn't grow with how many there are.</summary>
public sealed class ViewCostTests
{
    /// <summary>A path to a view's file leads by `.snapshots` and the snapshot's name: of these, the folder's permissions and the latter are asked for each time.</summary>
    [Fact]
    public void A_path_into_a_view_takes_two_requests_however_many_views_there_are()
    {
        using var images = new MountedImages("--threads", "1", "--spin", "0");
        Tool.Bash($"cd {images.Mount}; for i in $(seq 100); do echo $i > $i; done").Checked();
        images.Cut("first");
        Look("first");
        long few = Look("first").Number;
        for (int i = 0; i < 60; i++)
            images.Cut($"more{i}");
        Look("more30");
        Count many = Look("more30");
        Assert.True(many.Number <= few * 1.1 + 20, $"{few} with one view; with 61: {many}");
        // 600 looks, two requests each: a call that brings it, and one for its answer or what it asks for.
        Assert.True(few <= 600 * 5, $"{few} calls for 600 paths");

        Count Look(string name) => CallCount.During(
            DaemonStatus.Of(images.Mount).GetProperty("pid").GetInt32(), images.Scratch,
            () => Tool.Bash($"cd {images.Snapshots}/..; for i in 1 2 3 4 5 6; do stat -c %s .snapshots/{name}/* > /dev/null; done").Checked());
    }

    [Fact]
    public void Looking_for_holes_takes_as_many_calls_as_there_are_extents()
    {
        const int extents = 1000;
        using var images = new MountedImages("--threads", "1", "--spin", "0");
        string write = $"import os; f = os.open('{images.Mount}/disk', os.O_RDWR | os.O_CREAT); [os.pwrite(f, b'x' * 4096, i * 65536) for i in range({extents})]";
        Tool.Run("python3", "-c", write).Checked();
        images.Cut("a");
        Judge(2.5, Seek($"{images.Mount}/disk"));
        // One more for each that is data, until where it ends is only asked for when it matters.
        Judge(4.6, Seek($"{images.Snapshot("a")}/disk"));

        Count Seek(string path) => CallCount.During(DaemonStatus.Of(images.Mount).GetProperty("pid").GetInt32(), images.Scratch, () => Tool.Run("python3", "-c", $"""
            import os
            f = os.open("{path}", os.O_RDONLY)
            at = n = 0
            while at < {extents} * 65536 - 61440:
                at = os.lseek(f, at, os.SEEK_DATA)
                at = os.lseek(f, at, os.SEEK_HOLE)
                n += 1
            assert n == {extents}, n
            """).Checked());

        static void Judge(double limit, Count calls) => Assert.True(calls.Number <= limit * 2 * extents + 100, $"{calls.Number} calls for {2 * extents} looks, at most {limit} each: {calls.What}");
    }
}
