using System.IO;

namespace VdFs.Mounted.Tests.Snapshots;

/// <summary>A view is a tree of files like any other: every tool copies it, whole, while its images are overwritten.</summary>
public sealed class ViewCopyTests : IDisposable
{
    private readonly MountedImages images = new();
    private readonly string original;

    public ViewCopyTests()
    {
        // Old times for link and folder: rsync leaves those as they are that differ from its own copy's by less than a second.
        original = Directory.CreateDirectory(Path.Combine(images.Scratch, "original")).FullName;
        Tool.Bash($"""
            cd {images.Mount}; mkdir sub
            truncate -s 30M sparse.img
            for at in 4096 5000000 20000000; do head -c 50000 /dev/urandom | dd of=sparse.img bs=4k seek=$((at / 4096)) conv=notrunc status=none; done
            head -c 3000001 /dev/urandom > sub/odd.img
            qemu-img create -q -f qcow2 sub/disk.qcow2 64M; qemu-io -c 'write -P 7 1M 3M' sub/disk.qcow2 > /dev/null
            ln -s sub/odd.img link; ln sub/odd.img sub/hard
            chown 1001:2000 sub/odd.img; chmod 664 sub/odd.img; chmod 600 sparse.img; chmod 775 sub
            setfattr -n user.note -v kept sparse.img; touch -h -d '2002-01-01 00:00:00.5' link; touch -d '2001-02-03 04:05:06.123456789' sub/odd.img sub
            cp -a --sparse=always sparse.img sub link {original}/
            """).Checked();
        images.Cut("a");
        // Overwritten, shrunk, punched, removed and replaced: none of it shows in the view.
        Tool.Bash($"""
            cd {images.Mount}
            head -c 6000000 /dev/urandom | dd of=sparse.img conv=notrunc status=none; fallocate -p -o 19998720 -l 40960 sparse.img
            truncate -s 1000 sub/odd.img; head -c 100000 /dev/urandom >> sub/odd.img
            qemu-io -c 'write -P 9 0 5M' sub/disk.qcow2 > /dev/null; mv sub/disk.qcow2 moved.qcow2; echo new > sub/disk.qcow2
            rm link sub/hard; chmod 777 sub/odd.img
            """).Checked();
    }

    public void Dispose() => images.Dispose();

    [Theory]
    [InlineData("cp -a --sparse=auto $view/. $copy/")]
    [InlineData("cp -a --sparse=always $view/. $copy/")]
    [InlineData("rsync -aHAX --sparse $view/ $copy/")]
    [InlineData("tar -C $view -S --xattrs -cf - . | tar -C $copy --xattrs -xpSf -")]
    public void A_copy_equals_the_tree_at_the_cut(string copy)
    {
        string target = Directory.CreateDirectory(Path.Combine(images.Scratch, "copy")).FullName;
        Tool.Bash($"view={images.Snapshot("a")}; copy={target}; {copy}; diff -r --no-dereference {original} {target}").Checked();
        // Holes are kept, up to the blocks that were written as data and happen to hold zeros.
        long blocks = long.Parse(Tool.Run("stat", "-c", "%b", Path.Combine(target, "sparse.img")).Checked().Lines[0]);
        Assert.InRange(blocks, 1, 2000);
        const string describe = "find . -printf '%p %y %U:%G %T@ %n\\n' | sort | grep -v '^\\. '";
        Assert.Equal(Tool.Bash(describe, folder: original).Checked().Output, Tool.Bash(describe, folder: target).Checked().Output);
        Assert.Equal("kept", Tool.Run("getfattr", "--only-values", "-n", "user.note", Path.Combine(target, "sparse.img")).Checked().Lines[0]);
    }

    [Fact]
    public void Qemu_img_reads_a_view()
    {
        string view = images.Snapshot("a");
        Tool.Run("qemu-img", "compare", "-U", "-f", "raw", "-F", "raw", $"{view}/sparse.img", $"{original}/sparse.img").Checked();
        Tool.Run("qemu-img", "convert", "-f", "qcow2", "-O", "raw", $"{view}/sub/disk.qcow2", Path.Combine(images.Scratch, "flat")).Checked();
        Tool.Run("qemu-img", "compare", "-f", "qcow2", "-F", "raw", $"{original}/sub/disk.qcow2", Path.Combine(images.Scratch, "flat")).Checked();
    }

    [Fact]
    public void Permissions_and_owners_are_those_of_the_images()
    {
        ToolResult result = Tool.Run("stat", "-c", "%a %u:%g %s", $"{images.Snapshot("a")}/sub/odd.img", $"{images.Snapshot("a")}/sparse.img").Checked();
        Assert.Equal(["664 1001:2000 3000001", "600 0:0 31457280"], result.Lines);
        Assert.Equal("775", Tool.Run("stat", "-c", "%a", $"{images.Snapshot("a")}/sub").Checked().Lines[0]);
    }

    [Fact]
    public void Opening_for_writing_says_that_it_is_read_only()
    {
        foreach (string command in new[] { ": > $f", ": >> $f", "exec 3<> $f" })
            Assert.Contains("Read-only file system", Tool.Bash($"f={images.Snapshot("a")}/sub/odd.img; {command}").Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Inode_numbers_are_stable_and_never_anothers()
    {
        string List(string name) => Tool.Bash("find . -printf '%p %i\\n' | sort", folder: images.Snapshot(name)).Checked().Output;
        string first = List("a");
        Tool.Bash("echo 2 > /proc/sys/vm/drop_caches").Checked();
        Assert.Equal(first, List("a"));
        images.Cut("b");
        HashSet<string> all = [.. Tool.Bash("find . -type f -links 1 -printf '%i\\n'", folder: images.Snapshot("a")).Checked().Lines];
        Assert.Equal([], Tool.Bash("find . -type f -printf '%i\\n'", folder: images.Snapshot("b")).Checked().Lines.Intersect(all));
    }

    [Fact]
    public void Holes_and_blocks_are_honest()
    {
        const string map = "qemu-img map -U --output=json -f raw sparse.img | tr -d '\\n' | sed 's/\"filename[^}]*//g'; stat -c %b sparse.img";
        Assert.Equal(Tool.Bash(map, folder: original).Checked().Output, Tool.Bash(map, folder: images.Snapshot("a")).Checked().Output);
    }

    [Fact]
    public void A_view_can_be_mapped_and_read_directly()
    {
        string file = $"{images.Snapshot("a")}/sub/odd.img";
        string expected = Tool.Bash($"sha256sum < {original}/sub/odd.img").Checked().Lines[0];
        Assert.Equal(expected, Tool.Bash($"dd if={file} iflag=direct bs=64k status=none | sha256sum").Checked().Lines[0]);
        string program = Repository.Assembly("tests/VdFs.PosixProbe", "posix-probe.dll");
        string mapped = Tool.Run("dotnet", program, "--helper", images.Snapshot("a"), "mapped-sum", "sub/odd.img").Checked().Lines[0];
        Assert.Equal(expected.Split(' ')[0], mapped);
    }

    [Fact]
    public void A_released_view_fails_for_those_who_still_read_it()
    {
        ToolResult result = Tool.Bash($"""
            exec 3< {images.Snapshot("a")}/sparse.img
            head -c 100 <&3 > /dev/null
            rmdir {images.Snapshot("a")}
            echo 3 > /proc/sys/vm/drop_caches
            dd bs=64k iflag=direct <&3 > /dev/null 2>{images.Scratch}/error || grep -o 'Input/output error' {images.Scratch}/error
            """);
        Assert.Equal("Input/output error\n", result.Output);
    }
}
