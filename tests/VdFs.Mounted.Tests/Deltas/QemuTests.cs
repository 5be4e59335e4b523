using System.IO;
using System.Text.Json;

namespace VdFs.Mounted.Tests.Deltas;

/// <summary>QEMU's own tools on the files of a delta, as they are on the mount and as copies.</summary>
public sealed class QemuTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    [Fact]
    public void A_full_one_is_used_right_on_the_mount()
    {
        using var images = new MountedImages();
        Made(images);
        string view = $"{images.Snapshot("b")}/disk.img";
        string script = $"""
            cd {images.Snapshots}/..b
            f=$(ls disk.img@*.qcow2)
            qemu-img check $f
            qemu-img info $f | grep -q 'virtual size: 64 MiB'
            qemu-img compare -s -f qcow2 -F raw $f {view} || qemu-img compare -f qcow2 -F raw $f {view}
            qemu-img convert -O raw $f {images.Scratch}/raw
            cmp {images.Scratch}/raw {view}
            qemu-img map --output=json $f > {images.Scratch}/map
            qemu-io -f qcow2 -r -c 'read -v 3000000 64' $f | grep -q 'read 64/64'
            [[ $(qemu-io -f qcow2 -c 'write 0 512' $f 2>&1) == *ead-only* ]] || [[ $(qemu-io -f qcow2 -c 'write 0 512' $f 2>&1) == *"Could not open"* ]]
            """;
        Tool.Bash(script, Limit).Checked();
        long data = JsonDocument.Parse(File.ReadAllText($"{images.Scratch}/map")).RootElement.EnumerateArray().Where(e => e.GetProperty("data").GetBoolean()).Sum(e => e.GetProperty("length").GetInt64());
        Assert.InRange(data, 10 << 20, 22 << 20);
    }

    [Fact]
    public void A_chain_is_checked_mapped_compared_rebased_and_flattened()
    {
        using var images = new MountedImages();
        Made(images);
        string script = $"""
            cp -r {images.Snapshots}/..a {images.Scratch}/chain
            cp -r {images.Snapshots}/a..b/. {images.Scratch}/chain/
            cp -r {images.Snapshots}/b..c/. {images.Scratch}/chain/
            cd {images.Scratch}/chain
            a=$(printf '%s\n' "$PWD"/disk.img@*.qcow2 | sed -n 1p)
            b=$(printf '%s\n' "$PWD"/disk.img@*.qcow2 | sed -n 2p)
            c=$(printf '%s\n' "$PWD"/disk.img@*.qcow2 | sed -n 3p)
            for f in "$a" "$b" "$c"; do qemu-img check -q "$f"; done
            qemu-img compare -f qcow2 -F raw "$a" {images.Snapshot("a")}/disk.img
            qemu-img compare -f qcow2 -F raw "$b" {images.Snapshot("b")}/disk.img
            qemu-img compare -f qcow2 -F raw "$c" {images.Snapshot("c")}/disk.img
            qemu-img info --backing-chain "$c" | grep -c '^file format: qcow2' | grep -qx 3
            qemu-img info "$c" | grep -q 'backing file format: qcow2'
            qemu-img map "$c" > /dev/null
            chmod u+w *
            qemu-img rebase -b "$a" -F qcow2 "$c"
            qemu-img check -q "$c"
            qemu-img compare -f qcow2 -F raw "$c" {images.Snapshot("c")}/disk.img
            qemu-img commit -q -b "$a" "$b"
            qemu-img check -q "$a"
            qemu-img compare -f qcow2 -F raw "$a" {images.Snapshot("b")}/disk.img
            """;
        Tool.Bash(script, Limit).Checked();
    }

    [Fact]
    public void Copies_with_and_without_holes_are_the_same_and_take_about_the_same_room()
    {
        using var images = new MountedImages();
        Made(images);
        string script = $"""
            cd {images.Scratch}
            for how in always never auto; do cp -r --sparse=$how {images.Snapshots}/b..c $how; done
            diff -r always never; diff -r always auto
            # Parallel reads of pieces that fit nothing.
            f=$(ls {images.Snapshots}/b..c/disk.img@*.qcow2); size=$(stat -c %s $f)
            for ((i = 0; i < 8; i++)); do
              dd if=$f of=pieces bs=7919 skip=$((i * size / 8 / 7919)) seek=$((i * size / 8 / 7919)) count=$((size / 8 / 7919 + 2)) conv=notrunc status=none &
            done
            wait
            cmp pieces $f
            echo $(stat -c '%b' $f) $(stat -c %b always/disk.img@*.qcow2) $(stat -c %b never/disk.img@*.qcow2) $(stat -c %b auto/disk.img@*.qcow2)
            """;
        long[] blocks = [.. Tool.Bash(script, Limit).Checked().Output.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries).Select(long.Parse)];
        // The folder's filesystem allocates by 4 KiB; tables are mostly empty.
        Assert.All(blocks, b => Assert.InRange(b, blocks[0] * 0.7, (blocks[0] * 1.5) + 64));
    }

    [Fact]
    public void An_image_above_8_TiB_has_larger_clusters()
    {
        using var images = new MountedImages();
        string script = $"""
            cd {images.Mount}
            truncate -s 9T disk.img
            for at in 1 2147483647 2415919103; do dd if=/dev/urandom of=disk.img bs=4k seek=$at count=1 conv=notrunc status=none; done
            mkdir .snapshots/a; cp .snapshots/..a/* {images.Scratch}
            for at in 0 5 2415919102; do dd if=/dev/urandom of=disk.img bs=4k seek=$at count=1 conv=notrunc status=none; done
            mkdir .snapshots/b; cp .snapshots/a..b/* {images.Scratch}
            cd {images.Scratch}
            delta=$(ls *.qcow2 | tail -1)
            qemu-img check -q $delta
            qemu-img info $delta | grep -qx 'cluster_size: 8192'
            for at in 0 1 2 5 2147483647 2415919102 2415919103; do
              qemu-img dd -f qcow2 -O raw bs=4k skip=$at count=$((at + 1)) if=$delta of=piece
              dd if={images.Snapshot("b")}/disk.img of=wanted bs=4k skip=$at count=1 status=none
              cmp piece wanted
            done
            """;
        Tool.Bash(script, Limit).Checked();
    }

    [Fact]
    public void A_shortened_name_is_found_in_the_chain()
    {
        using var images = new MountedImages();
        string name = new('n', 255);
        string script = $"""
            cd {images.Mount}
            head -c 100000 /dev/urandom > {name}
            mkdir .snapshots/a; cp -a .snapshots/..a/. {images.Scratch}
            echo x | dd of={name} bs=1 seek=70000 conv=notrunc status=none
            mkdir .snapshots/b; cp -a .snapshots/a..b/. {images.Scratch}
            cd {images.Scratch}
            last=$(ls *.qcow2 | tail -1)
            qemu-img convert -O raw ./$last raw; truncate -s 100000 raw; cmp raw {images.Mount}/{name}
            """;
        Tool.Bash(script, Limit).Checked();
    }

    [Fact]
    public void Names_that_are_no_delta_give_a_clear_error_and_a_line_in_the_log()
    {
        using var images = new MountedImages();
        Made(images);
        foreach ((string name, string expected) in new[]
        {
            ("..none", "No such file"), ("none..b", "No such file"), ("b..a", "Invalid argument"), ("b..b", "Invalid argument"), ("..", ""), ("a...b", "No such file"), ("a..", "No such file"),
        })
        {
            ToolResult result = Tool.Run("stat", $"{images.Snapshots}/{name}");
            Assert.Equal(expected.Length == 0, result.ExitCode == 0);
            Assert.Contains(expected, result.Error, StringComparison.Ordinal);
        }
        Assert.Contains("'b' was cut after 'a'", File.ReadAllText($"{images.State}/vdfs.log"), StringComparison.Ordinal);
        Assert.Contains("Read-only file system", Tool.Bash($"echo > {images.Snapshots}/..b/deleted.json").Error + Tool.Bash($"echo x > $(ls {images.Snapshots}/..b/disk.img@*.qcow2)").Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_release_under_a_reader_is_an_error_and_never_other_data()
    {
        using var images = new MountedImages();
        Made(images);
        string script = $"""
            f=$(ls {images.Snapshots}/..c/disk.img@*.qcow2)
            exec 5< $f
            cp $f {images.Scratch}/before
            rmdir {images.Snapshot("c")}
            head -c 30M /dev/urandom | dd of={images.Mount}/disk.img conv=notrunc status=none
            set +e
            dd iflag=fullblock bs=64k of={images.Scratch}/after status=none <&5 2> {images.Scratch}/error
            code=$?
            cat $f > {images.Scratch}/again 2>/dev/null; again=$?
            cmp -n "$(stat -c %s {images.Scratch}/after)" {images.Scratch}/after {images.Scratch}/before || exit 9
            cat {images.Scratch}/error
            echo $code $again
            """;
        ToolResult result = Tool.Bash(script, Limit).Checked();
        Assert.Contains("Input/output error", result.Output, StringComparison.Ordinal);
        Assert.EndsWith("1 1", result.Output.Trim(), StringComparison.Ordinal);
    }

    /// <summary>Three held snapshots, a to c, of an image of 64 MiB with 20 MiB of data; each time some of it changed.</summary>
    private static void Made(MountedImages images) => Tool.Bash($"""
        cd {images.Mount}
        head -c 20M /dev/urandom > disk.img; truncate -s 64M disk.img
        echo small > other
        mkdir .snapshots/a
        for at in 3 700 701 5000 16000; do dd if=/dev/urandom of=disk.img bs=4k seek=$at count=1 conv=notrunc status=none; done
        fallocate -p -o 1M -l 1M disk.img
        mkdir .snapshots/b
        for ((i = 0; i < 200; i++)); do dd if=/dev/urandom of=disk.img bs=4k seek=$((i * 53 % 16384)) count=1 conv=notrunc status=none; done
        mkdir .snapshots/c
        """, Limit).Checked();
}
