using System.IO;
using System.Text;
using System.Text.Json;
using VdFs.Core.Errors;
using VdFs.Core.Qcow2;
using VdFs.TestKit.Processes;

namespace VdFs.Core.Tests.Qcow2;

/// <summary>The commands of qemu-img that somebody uses on a repository, on files as they come from a mount.</summary>
public sealed class QemuToolTests : IDisposable
{
    private const int Size = 6 << 20;

    private readonly Qcow2Folder folder = new();
    private readonly byte[] older = Bytes(1);
    private readonly byte[] newer = Bytes(2);
    private readonly ClusterRun[] runs = [new(0, 1, ClusterKind.Zero), new(5, 7, ClusterKind.Data), new(12, 2, ClusterKind.Zero), new(700, 300, ClusterKind.Data), new(1535, 1, ClusterKind.Data)];
    private readonly Qcow2Layout delta;
    private readonly byte[] expected;

    public QemuToolTests()
    {
        folder.Write("a.qcow2", new Qcow2Layout(Size, 16, [new ClusterRun(0, Size >> 16, ClusterKind.Data)], null), new MemorySource(older));
        delta = new Qcow2Layout(Size, 12, runs, "./a.qcow2"u8.ToArray());
        folder.Write("b.qcow2", delta, new MemorySource(newer));
        expected = [.. older];
        foreach (ClusterRun run in runs)
        {
            Span<byte> part = expected.AsSpan((int)run.First << 12, (int)run.Count << 12);
            if (run.Kind == ClusterKind.Zero)
                part.Clear();
            else
                newer.AsSpan((int)run.First << 12, part.Length).CopyTo(part);
        }
        File.WriteAllBytes(folder["expected.raw"], expected);
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Map_tells_each_run_with_its_place_in_the_file()
    {
        JsonElement map = JsonDocument.Parse(folder.Img("map", "--output=json", "b.qcow2").Checked().Output).RootElement;
        JsonElement[] own = [.. map.EnumerateArray().Where(e => e.GetProperty("depth").GetInt32() == 0)];
        Assert.Equal(runs.Select(r => (r.First << 12, r.Count << 12, r.Kind == ClusterKind.Zero)),
            own.Select(e => (e.GetProperty("start").GetInt64(), e.GetProperty("length").GetInt64(), e.GetProperty("zero").GetBoolean())));
        Assert.Equal([4096, 8 * 4096, 308 * 4096], own.Where(e => e.TryGetProperty("offset", out _)).Select(e => e.GetProperty("offset").GetInt64()));
    }

    [Fact]
    public void Compare_finds_the_chain_the_same_as_the_image()
    {
        Assert.Contains("identical", folder.Img("compare", "-f", "qcow2", "-F", "raw", "b.qcow2", "expected.raw").Checked().Output, StringComparison.Ordinal);
        Assert.Equal(1, folder.Img("compare", "-f", "qcow2", "-F", "raw", "a.qcow2", "expected.raw").ExitCode);
    }

    [Fact]
    public void Convert_makes_a_standalone_file_of_the_chain()
    {
        folder.Img("convert", "-c", "-O", "qcow2", "b.qcow2", "alone.qcow2").Checked();
        Assert.Equal(expected, folder.Content("alone.qcow2"));
    }

    [Fact]
    public void Rebase_commit_and_resize_write_to_it_as_to_any_other()
    {
        // Off its backing file, with what it needs from there copied; then larger, written to, and sound all the while.
        folder.Img("rebase", "-b", "", "b.qcow2").Checked();
        folder.Check("b.qcow2");
        Assert.Equal(expected, folder.Content("b.qcow2"));
        folder.Img("resize", "b.qcow2", "9M").Checked();
        Tool.Run("qemu-io", ["-f", "qcow2", "-c", $"write -P 7 {Size} 1M", folder["b.qcow2"]]).Checked();
        folder.Check("b.qcow2");
        byte[] content = folder.Content("b.qcow2");
        Assert.True(content.AsSpan(0, Size).SequenceEqual(expected));
        Assert.False(content.AsSpan(Size, 1 << 20).ContainsAnyExcept((byte)7));
    }

    [Fact]
    public void Commit_brings_a_delta_down_into_its_backing_file()
    {
        folder.Img("commit", "b.qcow2").Checked();
        folder.Check("a.qcow2");
        Assert.Equal(expected, folder.Content("a.qcow2"));
    }

    [Fact]
    public void An_overlay_makes_it_a_disk_to_write_to_and_leaves_it_as_it_is()
    {
        byte[] before = File.ReadAllBytes(folder["b.qcow2"]);
        folder.Img("create", "-f", "qcow2", "-b", "b.qcow2", "-F", "qcow2", "overlay.qcow2").Checked();
        Tool.Run("qemu-io", ["-f", "qcow2", "-c", "write -P 9 4096 8192", "-c", "read -P 9 4096 8192", folder["overlay.qcow2"]]).Checked();
        expected.AsSpan(4096, 8192).Fill(9);
        Assert.Equal(expected, folder.Content("overlay.qcow2"));
        Assert.Equal(before, File.ReadAllBytes(folder["b.qcow2"]));
    }

    [Fact]
    public void Backing_names_are_bytes_and_nothing_in_them_means_anything_to_QEMU()
    {
        string deep = string.Concat(Enumerable.Repeat(new string('d', 200) + "/", 5));
        byte[][] names =
        [
            "nbd:localhost:1"u8.ToArray(), "json:{}"u8.ToArray(), "a,b=c@20261122T031500.000Z"u8.ToArray(), " spaces\nand a line"u8.ToArray(), "%5c\\"u8.ToArray(), [0xff, 0xfe, (byte)'"'],
            [.. Encoding.ASCII.GetBytes(deep), .. Encoding.ASCII.GetBytes(new string('n', 1021 - deep.Length))],
        ];
        foreach (byte[] name in names)
        {
            byte[] backing = [.. "./"u8, .. name];
            string escaped = string.Concat(backing.Select(b => $"\\x{b:x2}"));
            Tool.Bash($"n=$'{escaped}'; mkdir -p \"${{n%/*}}\"; ln \"$1\" \"$n\"".Replace("$1", folder["a.qcow2"], StringComparison.Ordinal), folder: folder[""]).Checked();
            folder.Write("named.qcow2", new Qcow2Layout(Size, 12, runs, backing), new MemorySource(newer));
            folder.Check("named.qcow2");
            Assert.True(folder.Content("named.qcow2").AsSpan().SequenceEqual(expected), escaped);
            byte[] bytes = File.ReadAllBytes(folder["named.qcow2"]);
            Assert.Equal(backing, Qcow2File.Open(new MemorySource(bytes), bytes.Length, "named").BackingName);
        }
        Assert.Equal(Qcow2Limits.MaxBackingName, names[^1].Length + 2);
    }

    [Fact]
    public void A_copy_without_hole_detection_is_the_same_file()
    {
        byte[] whole = new byte[delta.Length];
        Assert.Equal(FsError.None, delta.Read(0, whole, new MemorySource(newer), out _));
        Assert.Equal(whole, File.ReadAllBytes(folder["b.qcow2"]));
        long taken = Tool.Run("stat", ["-c", "%b", folder["b.qcow2"]]).Checked().Lines.Select(long.Parse).Single() * 512;
        Assert.InRange(taken, 1, delta.AllocatedBytes + 65536);
    }

    private static byte[] Bytes(int seed)
    {
        byte[] bytes = new byte[Size];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
