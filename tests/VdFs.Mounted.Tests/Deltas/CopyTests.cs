using System.Globalization;
using System.IO;
using Xunit.Abstractions;

namespace VdFs.Mounted.Tests.Deltas;

/// <summary>The README's three lines every night, with nothing but rsync or cp, and every night can be restored with nothing but qemu-img.</summary>
public sealed class CopyTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);
    private const int Nights = 7;

    /// <summary>Names that a shell, a URL or a chain might stumble over; all in the notation of bash.</summary>
    private static readonly string[] Names =
    [
        "disk.img", "'db/a b@..x'", "$'db/new\\nline'", "$'db/\\xff\\xfe.raw'", "'nbd:localhost:10'", "'json:{}'", "db/deep/disk.img", "'-rf'", "'a@20261122T031500.000Z.qcow2'",
    ];

    [Theory]
    [InlineData("rsync -a")]
    [InlineData("rsync -a --sparse")]
    [InlineData("cp -a --sparse=always -T")]
    [InlineData("cp -a --sparse=never -T")]
    [InlineData("cp -a -T")]
    public void Nights_copied_by_any_tool_restore_byte_for_byte(string copy)
    {
        int seed = TestSeed.Get();
        output.WriteLine(TestSeed.Message(seed));
        var random = new Random(seed);
        using var images = new MountedImages();
        string saved = Directory.CreateDirectory(Path.Combine(images.Scratch, "saved")).FullName;
        string backup = Directory.CreateDirectory(Path.Combine(images.Scratch, "backup")).FullName;
        Bash(images, "mkdir -p db/deep new; " + string.Concat(Names.Select(n => $"head -c {random.Next(1, 3_000_000)} /dev/urandom > ./{n}; ")) + "ln disk.img db/link.img; truncate -s 40M disk.img");
        for (int night = 0; night < Nights; night++)
        {
            string from = night == 0 ? "..tonight" : "tonight~1..tonight";
            string s = images.Snapshots;
            Bash(images, $"mkdir {s}/tonight");
            // While a guest writes on.
            Bash(images, Change(random));
            Bash(images, $"{copy} {s}/{from}/ {backup}/; cp -a --sparse=always {s}/tonight {saved}/{night}; date -u -d \"$(stat -c %y {s}/{from})\" +%Y%m%dT%H%M%S.%3NZ > {saved}/{night}.time; rmdir {s}/tonight");
            Bash(images, Day(night, random));
        }
        int restored = 0;
        for (int night = 0; night < Nights; night++)
            restored += Restore(images, saved, backup, night);
        output.WriteLine($"{restored} images of {Nights} nights");
        Assert.InRange(restored, Nights * 9, int.MaxValue);
        long deltas = long.Parse(Tool.Bash($"du -s --block-size=1 {backup} | cut -f 1").Checked().Output, CultureInfo.InvariantCulture);
        output.WriteLine($"{deltas} bytes in the backup");
    }

    /// <summary>Every image of a night, as qemu-img makes it of the backup alone, against the copy of its view; and every image has one.</summary>
    private static int Restore(MountedImages images, string saved, string backup, int night)
    {
        string script = $$"""
            t=$(cat {{saved}}/{{night}}.time)
            cd {{saved}}/{{night}}
            count=0
            while IFS= read -r -d '' f; do
              q={{backup}}/${f#./}@$t.qcow2
              [[ -f $q ]] || { printf 'no %q\n' "$q"; exit 1; }
              qemu-img check -q "$q"
              qemu-img convert -O raw "$q" {{images.Scratch}}/restored
              truncate -s "$(stat -c %s "$f")" {{images.Scratch}}/restored
              cmp {{images.Scratch}}/restored "$f"
              count=$((count + 1))
            done < <(find . -type f -print0)
            echo $count
            """;
        return int.Parse(Tool.Bash(script, Limit).Checked().Output, CultureInfo.InvariantCulture);
    }

    /// <summary>What guests do: a few writes, zeros, discards, whatever exists.</summary>
    private static string Change(Random random)
    {
        var script = new System.Text.StringBuilder();
        foreach (string name in Names)
        {
            string file = $"./{name}";
            script.Append(CultureInfo.InvariantCulture, $"if [[ -f {file} ]]; then ");
            for (int i = random.Next(4); i >= 0; i--)
            {
                int at = random.Next(2_500_000);
                script.Append(random.Next(4) switch
                {
                    0 => $"fallocate -p -o {at} -l {random.Next(1, 300_000)} {file}; ",
                    1 => $"head -c {random.Next(1, 100_000)} /dev/zero | dd of={file} oflag=seek_bytes seek={at} conv=notrunc status=none; ",
                    _ => $"head -c {random.Next(1, 50_000)} /dev/urandom | dd of={file} oflag=seek_bytes seek={at} conv=notrunc status=none; ",
                });
            }
            script.Append("fi; ");
        }
        return script.ToString();
    }

    /// <summary>What people do: each day something else.</summary>
    private static string Day(int night, Random random) => Change(random) + night switch
    {
        0 => "mv disk.img new/'moved disk.img'; truncate -s 500001 db/deep/disk.img",
        1 => "rm './nbd:localhost:10'; head -c 70001 /dev/urandom > new/born; truncate -s 100 ./-rf",
        2 => "mv new/born ./'json:{}'; truncate -s 20M ./-rf; ln new/'moved disk.img' third",
        3 => "mv db/deep deeper; rm db/link.img; truncate -s 0 $'db/new\\nline'",
        4 => "mv deeper/disk.img disk.img; truncate -s 5000000 $'db/new\\nline'; cp --sparse=always $'db/\\xff\\xfe.raw' $'db/\\xff'",
        _ => "mv db/'a b@..x' x; mv new/'moved disk.img' db/'a b@..x'; mv x new/'moved disk.img'",
    };

    private static void Bash(MountedImages images, string script) => Tool.Bash($"cd {images.Mount}; {script}", Limit).Checked();
}
