using System.IO;
using System.Text.Json;
using VdFs.Mounted.Tests.Death;

namespace VdFs.Mounted.Tests.Snapshots;

/// <summary>Inode numbers that programs see: none twice in 32 bits, listings as stat(2) says, and what is unchanged keeps its number from night to night.</summary>
public sealed class InodeNumberTests
{
    /// <summary>Walks folders, also those that aren't listed; prints a line per name: number, links, change time, type, path.</summary>
    private const string Walk = """
        import os, sys, stat
        def walk(path, shown):
            with os.scandir(path) as names:
                entries = sorted(names, key=lambda e: e.name)
            for e in entries:
                s = os.lstat(e.path)
                assert e.inode() == s.st_ino, f"{e.path}: listed as {e.inode():x}, is {s.st_ino:x}"
                assert s.st_ino < 1 << 32, f"{e.path}: {s.st_ino:x}"
                print(s.st_ino, s.st_nlink, s.st_ctime_ns, "d" if stat.S_ISDIR(s.st_mode) else "f", os.path.join(shown, e.name), sep="\t")
                if stat.S_ISDIR(s.st_mode):
                    walk(e.path, os.path.join(shown, e.name))
        for root in sys.argv[2:]:
            s = os.stat(os.path.join(sys.argv[1], root))
            print(s.st_ino, s.st_nlink, s.st_ctime_ns, "d", root, sep="\t")
            walk(os.path.join(sys.argv[1], root), root)
        """;

    [Fact]
    public void No_two_entries_share_a_number_and_unchanged_ones_keep_theirs()
    {
        using var images = new MountedImages();
        Fill(images);
        images.Cut("other");
        images.Cut("tonight");
        images.Release("tonight");
        images.Cut("tonight");
        string[] all = [".", ".snapshots", ".snapshots/other", ".snapshots/tonight", ".snapshots/.checkpoints", ".snapshots/..tonight", ".snapshots/tonight~1..tonight"];
        Dictionary<string, (uint Inode, string Time)> first = AssertDistinct(images, all);
        Assert.Equal(first[".snapshots/tonight/a"], first[".snapshots/tonight/linked"]);

        // Over a worker's death and a mount, and from night to night.
        new Daemon(images).KillWorker();
        Assert.Equal(first, AssertDistinct(images, all));
        images.Unmount();
        images.MountAgain();
        Assert.Equal(first, AssertDistinct(images, all));
        images.Release("tonight");
        Tool.Bash($"echo more >> {images.Mount}/sub/b; mv {images.Mount}/sub/c {images.Mount}/sub/moved").Checked();
        images.Cut("tonight");
        Dictionary<string, (uint Inode, string Time)> second = AssertDistinct(images, all[..5]);
        foreach (string same in new[] { "", "/a", "/linked", "/link", "/sub/deep", "/sub/deep/x" })
            Assert.Equal(first[".snapshots/tonight" + same], second[".snapshots/tonight" + same]);
        Assert.Equal(first[".snapshots/tonight/sub/b"].Inode, second[".snapshots/tonight/sub/b"].Inode);
        Assert.NotEqual(first[".snapshots/tonight/sub/b"].Time, second[".snapshots/tonight/sub/b"].Time);
        Assert.Equal(first[".snapshots/tonight/sub/c"].Inode, second[".snapshots/tonight/sub/moved"].Inode);
        Assert.Equal(first[".snapshots/other/a"], second[".snapshots/other/a"]);
    }

    [Fact]
    public void Content_that_changed_within_a_tick_of_the_clock_has_another_change_time()
    {
        using var images = new MountedImages();
        Tool.Bash($"echo 00 > {images.Mount}/a").Checked();
        images.Cut("tonight");
        string script = $$"""
            import os
            m = "{{images.Mount}}"
            f = os.open(m + "/a", os.O_RDWR)
            seen = {}
            for i in range(30):
                os.pwrite(f, b"%02d" % i, 0)
                os.rmdir(m + "/.snapshots/tonight")
                os.mkdir(m + "/.snapshots/tonight")
                s = os.stat(m + "/.snapshots/tonight/a")
                with open(m + "/.snapshots/tonight/a", "rb") as v:
                    content = v.read()
                key = (s.st_ino, s.st_ctime_ns, s.st_mtime_ns)
                assert seen.setdefault(key, content) == content, f"{key}: {seen[key]}, then {content}"
            print(len({k[0] for k in seen}), len(seen))
            """;
        Assert.Equal("1 30\n", Tool.Run("python3", "-c", script).Checked().Output);
    }

    [Fact]
    public void Cpio_takes_the_right_data_of_two_snapshots_with_hard_links()
    {
        using var images = new MountedImages();
        Fill(images);
        images.Cut("one");
        Tool.Bash($"cd {images.Mount}; head -c 50000 /dev/urandom > a; head -c 3000 /dev/urandom > sub/b").Checked();
        images.Cut("two");
        string[] archivers = ["cpio -o -H newc", "cpio -o -H crc", "cpio -o -H odc", "cpio -o -H bin", "busybox cpio -o -H newc"];
        foreach (string archiver in archivers)
        {
            string copy = $"{images.Scratch}/{Array.IndexOf(archivers, archiver)}";
            Tool.Bash($"mkdir {copy}; cd {images.Snapshots}; find one two -depth -print | {archiver} > {copy}.cpio 2> {copy}.log; cd {copy}; cpio -idm < {copy}.cpio 2>> {copy}.log; diff -r --no-dereference one {images.Snapshot("one")}; diff -r --no-dereference two {images.Snapshot("two")}").Checked();
            Assert.Equal("2\n2\n", Tool.Bash($"stat -c %h {copy}/one/a {copy}/two/linked").Checked().Output);
        }
    }

    [Fact]
    public void Tools_that_remember_a_night_read_only_what_changed_the_next()
    {
        using var images = new MountedImages();
        Fill(images);
        string view = images.Snapshot("tonight");
        string to = images.Scratch;
        var environment = new Dictionary<string, string?> { ["RESTIC_PASSWORD"] = "x", ["RESTIC_REPOSITORY"] = to + "/restic", ["XDG_CACHE_HOME"] = to + "/cache", ["HOME"] = to };
        Tool.Run("restic", ["init", "-q"], TimeSpan.FromSeconds(60), null, environment).Checked();
        images.Cut("tonight");
        // What is written between the cut and the tool's start isn't in this night's, and must not be missing in the next.
        Tool.Bash($"echo between >> {images.Mount}/sub/b").Checked();
        Assert.Equal((5, 0, 0), Restic());
        Tool.Bash($"tar -C {view} -cf {to}/0.tar -g {to}/snar .; mkdir {to}/copy; rsync -aH {view}/ {to}/copy/").Checked();
        images.Release("tonight");

        images.Cut("tonight");
        Assert.Equal((0, 1, 4), Restic());
        Tool.Bash($"cp {to}/snar {to}/snar.1; tar -C {view} -cf {to}/1.tar -g {to}/snar.1 .").Checked();
        Assert.Equal(["./sub/b"], Tool.Run("tar", "-tf", $"{to}/1.tar").Checked().Lines.Where(l => !l.EndsWith('/')));
        Assert.Equal("sub/b\n", Tool.Bash($"rsync -aHi {view}/ {to}/copy/ | grep '^>f' | cut -d' ' -f2").Checked().Output);
        Tool.Bash($"diff -r {view} {to}/copy; test $(stat -c %i {to}/copy/a) = $(stat -c %i {to}/copy/linked)").Checked();
        images.Release("tonight");

        images.Cut("tonight");
        Assert.Equal((0, 0, 5), Restic());
        Tool.Bash($"tar -C {view} -cf {to}/2.tar -g {to}/snar.1 .").Checked();
        Assert.DoesNotContain(Tool.Run("tar", "-tf", $"{to}/2.tar").Checked().Lines, l => !l.EndsWith('/'));

        // du takes two names of one file for one, and two snapshots' files for two.
        images.Cut("again");
        int Used(string arguments) => int.Parse(Tool.Bash($"du -sc --apparent-size -k {arguments} | tail -1 | cut -f1").Checked().Output);
        Assert.Equal(Used(view) + Used(images.Snapshot("again")), Used($"{view} {images.Snapshot("again")}"));
        Assert.True(Used(view) < 300);

        (int New, int Changed, int Unmodified) Restic()
        {
            string last = Tool.Run("restic", ["backup", "--json", "--no-cache", view], TimeSpan.FromSeconds(60), null, environment).Checked().Lines[^1];
            JsonElement summary = JsonDocument.Parse(last).RootElement;
            return (summary.GetProperty("files_new").GetInt32(), summary.GetProperty("files_changed").GetInt32(), summary.GetProperty("files_unmodified").GetInt32());
        }
    }

    /// <summary>An xfs of several TiB numbers its files by where they lie: far beyond 32 bits, and the same in the low 32.</summary>
    [Fact]
    public void Numbers_fit_into_32_bits_though_those_of_the_backing_filesystem_do_not()
    {
        using var images = new MountedImages(prepare: i =>
        {
            string disk = Path.Combine(i.Root, "disk");
            Tool.Bash($"truncate -s 8T {disk}; mkfs.xfs -q -d agcount=10 -l size=64m {disk}").Checked();
            var loop = new LoopDevice(disk);
            i.Own(loop);
            loop.Mount(i.Backing, "xfs");
            // Folders go round the allocation groups, and files lie where their folder does.
            Tool.Bash($"cd {i.Backing}; for d in 1 2 3 4 5 6 7 8 9; do mkdir $d; echo $d > $d/x; ln $d/x $d/y; done").Checked();
        });
        string[] own = [.. Tool.Bash($"stat -c %i {images.Backing}/*/x").Checked().Lines];
        Assert.Contains(own, n => ulong.Parse(n) > uint.MaxValue);
        string[] all = [".", ".snapshots", ".snapshots/a"];
        images.Cut("a");
        Dictionary<string, (uint Inode, string Time)> first = AssertDistinct(images, all);
        images.Unmount();
        images.MountAgain();
        Assert.Equal(first, AssertDistinct(images, all));
        Tool.Bash($"cd {images.Mount}; touch 9/z; mv 1/x 9/moved").Checked();
        Dictionary<string, (uint Inode, string Time)> second = AssertDistinct(images, all);
        Assert.Equal(first["./1/x"].Inode, second["./9/moved"].Inode);
    }

    private static void Fill(MountedImages images) => Tool.Bash($"cd {images.Mount}; mkdir -p sub/deep; head -c 50000 /dev/urandom > a; ln a linked; head -c 3000 /dev/urandom > sub/b; echo c > sub/c; echo x > sub/deep/x; ln -s a link").Checked();

    /// <summary>Paths with number and change time; no number is there twice but for links of one file.</summary>
    private static Dictionary<string, (uint Inode, string Time)> AssertDistinct(MountedImages images, string[] roots)
    {
        var seen = new Dictionary<string, (uint Inode, string Time)>();
        var files = new Dictionary<uint, string>();
        foreach (string line in Tool.Run("python3", ["-c", Walk, images.Mount, .. roots]).Checked().Lines)
        {
            string[] fields = line.Split('\t');
            (uint inode, bool links, string path) = (uint.Parse(fields[0]), fields[3] == "f" && fields[1] != "1", fields[4]);
            // Listing what is listed twice tells nothing new.
            if (!seen.TryAdd(path, (inode, fields[3] == "f" || path.Contains("/tonight", StringComparison.Ordinal) ? fields[2] : "")))
                continue;
            Assert.True(files.TryAdd(inode, path) || links, $"{path} has number {inode}, which {files[inode]} has");
        }
        return seen;
    }
}
