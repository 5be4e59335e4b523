using System.IO;

namespace VdFs.Mounted.Tests.Snapshots;

/// <summary>.snapshots is listed only if it is asked for, and reachable always: what walks a tree neither copies nor releases snapshots.</summary>
public sealed class HiddenSnapshotsTests
{
    [Theory]
    [InlineData("--hide-snapshots", false)]
    [InlineData("-o show-snapshots", true)]
    public void Snapshots_are_listed_when_asked_for_and_always_reachable(string options, bool shown)
    {
        using var images = new MountedImages(options.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Tool.Bash($"echo content > {images.Mount}/disk.img").Checked();
        images.Cut("a");
        Assert.Equal(shown, Tool.Run("ls", "-A", images.Mount).Checked().Lines.Contains(".snapshots"));
        Assert.Equal("content\n", Tool.Run("cat", $"{images.Snapshot("a")}/disk.img").Checked().Output);
        Assert.DoesNotContain(".snapshots", Tool.Run("ls", "-A", images.Backing).Checked().Lines);
        Assert.DoesNotContain(".snapshots", Tool.Run("ls", "-A", images.Snapshot("a")).Checked().Lines);
    }

    [Fact]
    public void What_walks_a_usual_mount_neither_copies_nor_removes_snapshots()
    {
        using var images = new MountedImages();
        Tool.Bash($"mkdir {images.Scratch}/keep; head -c 100000 /dev/urandom > {images.Scratch}/keep/disk.img; cp {images.Scratch}/keep/disk.img {images.Mount}; touch {images.Mount}/old").Checked();
        images.Cut("a");
        images.Cut("b");
        images.Release("b");
        string mount = images.Mount;
        Assert.Equal("disk.img\nold\n", Tool.Bash($"cd {mount}; find . -type f -printf '%P\\n' | sort").Checked().Output);
        Tool.Bash($"cp -a {mount} {images.Scratch}/copy; ! test -e {images.Scratch}/copy/.snapshots").Checked();
        Assert.Equal("disk.img\nold\n", Tool.Bash($"cd {mount}; find . -type f | cpio -o -H newc 2>/dev/null | cpio -t 2>/dev/null | sort").Checked().Output);
        Tool.Bash($"rsync -a --delete {images.Scratch}/keep/ {mount}/").Checked();
        Assert.Equal(["disk.img"], Tool.Run("ls", "-A", mount).Checked().Lines);
        Tool.Bash($"find {mount} -delete 2>/dev/null || true; touch {mount}/x; python3 -c 'import shutil; shutil.rmtree(\"{mount}\", ignore_errors=True)'; rm -rf {mount}/* {mount}/.[!.]*").Checked();
        Assert.Empty(Tool.Run("ls", "-A", mount).Checked().Lines);
        Assert.Equal(["a"], Tool.Run("ls", images.Snapshots).Checked().Lines);
        Assert.Equal(["b"], Tool.Run("ls", images.Checkpoints).Checked().Lines);
        Tool.Run("cmp", $"{images.Snapshot("a")}/disk.img", $"{images.Scratch}/keep/disk.img").Checked();
    }

    /// <summary>They don't stop at what they can't remove, and would release each snapshot by the removal of its empty-looking folder.</summary>
    [Fact]
    public void What_removes_a_whole_tree_takes_no_snapshot_and_no_checkpoint_along()
    {
        using var images = new MountedImages("--show-snapshots");
        // One of nothing: there is nothing to stumble over before its folder's turn.
        images.Cut("empty");
        images.Cut("old");
        images.Release("old");
        Tool.Bash($"mkdir {images.Scratch}/empty; mkdir {images.Mount}/d; echo content > {images.Mount}/d/disk.img").Checked();
        images.Cut("tonight");
        string m = images.Mount;
        string empty = $"{images.Scratch}/empty/";
        string Python(string call) => $"python3 -c 'import shutil, threading; {call}'";
        string[] commands =
        [
            $"rm -rf {m}/.snapshots", $"rm -rf {m}/.snapshots/.checkpoints", $"rm -rf {m}/* {m}/.snapshots",
            $"busybox rm -rf {m}/.snapshots", $"busybox rm -rf {m}/.snapshots/.checkpoints",
            $"find {m} -delete", $"find {m}/.snapshots -delete", $"find {m}/.snapshots/.checkpoints -delete",
            Python($"shutil.rmtree(\"{m}\", ignore_errors=True)"), Python($"shutil.rmtree(\"{m}/.snapshots\", ignore_errors=True)"),
            Python($"t = threading.Thread(target=shutil.rmtree, args=(\"{m}/.snapshots\", True)); t.start(); t.join()"),
            $"rsync -a --delete {empty} {m}/", $"rsync -a --delete {empty} {m}/.snapshots/",
        ];
        foreach (string command in commands)
        {
            Tool.Run("bash", "-c", command);
            string left = Tool.Run("ls", images.Snapshots, images.Checkpoints).Checked().Output.Replace('\n', ' ');
            Assert.True(left == $"{images.Snapshots}: empty tonight  {images.Checkpoints}: old ", $"{command}: {left}");
        }
        Assert.Equal("content\n", Tool.Run("cat", $"{images.Snapshot("tonight")}/d/disk.img").Checked().Output);
    }

    [Fact]
    public void A_removal_by_name_works_and_a_refused_one_says_why()
    {
        using var images = new MountedImages();
        foreach (string name in new[] { "a", "b", "c" })
            images.Cut(name);
        ToolResult refused = Tool.Bash($"exec 9< {images.Snapshots}; rmdir {images.Snapshot("a")}");
        Assert.Contains("Device or resource busy", refused.Error);
        Assert.False(refused.Succeeded);
        string log = File.ReadAllText(Path.Combine(images.State, "vdfs.log"));
        Assert.Matches(@"rmdir \.snapshots/a: refused, since process \d+ \(rmdir\) has \.snapshots or a folder below it open.*vdfs snapshot release", log);
        // Below it counts too; a folder of the live tree, a view's file or a working directory doesn't.
        Assert.False(Tool.Bash($"exec 9< {images.Snapshot("b")}; rmdir {images.Snapshot("a")}").Succeeded);
        Assert.False(Tool.Bash($"exec 9< {images.Checkpoints}; rmdir {images.Snapshot("a")}").Succeeded);
        Tool.Bash($"exec 9< {images.Mount}; cd {images.Snapshots}; rmdir a").Checked();
        // A checkpoint's parent is .checkpoints.
        Assert.False(Tool.Bash($"exec 9< {images.Checkpoints}; rmdir {images.Checkpoints}/a").Succeeded);
        Tool.Bash($"exec 9< {images.Snapshot("b")}; rmdir {images.Checkpoints}/a").Checked();
        // The command doesn't come by way of the tree.
        VdfsCommand.Run(TimeSpan.FromSeconds(60), ["snapshot", "release", images.Mount, "b"]).Checked();
        images.Release("c");
        Assert.Empty(Tool.Run("ls", images.Snapshots).Checked().Lines);
    }
}
