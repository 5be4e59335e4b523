using System.Globalization;
using System.IO;
using System.Text.Json;

namespace VdFs.Mounted.Tests.State;

/// <summary>
/// Each kind of file that VdFs keeps, damaged while nothing is mounted: `vdfs check` says in words what is wrong, `--repair` does what it says, and what is mounted then shows no wrong byte and
/// leaves no change out.
/// </summary>
public sealed class RepairTests
{
    private const int Faults = 10;
    private const int Block = 4096;
    private static readonly string[] Names = ["a.img", "b.img"];
    private static readonly string[] Cuts = ["one", "two", "three"];

    private enum Damage
    {
        Flipped,
        Truncated,
        Deleted,
    }

    [Theory]
    [InlineData("catalog.db")]
    [InlineData("intents")]
    [InlineData("records")]
    [InlineData("unrecorded")]
    [InlineData("reserve")]
    [InlineData("*2.changes")]
    [InlineData("*3.changes")]
    [InlineData("*.data")]
    [InlineData("*.sums")]
    public void What_check_repairs_shows_no_wrong_byte_and_leaves_no_change_out(string file)
    {
        using var images = new MountedImages();
        Use(images);
        string pristine = Path.Combine(images.Scratch, "pristine");
        Tool.Run("cp", "-a", images.State, pristine).Checked();
        foreach (Damage damage in Enum.GetValues<Damage>())
        {
            Tool.Bash($"rm -rf {images.State}; cp -a {pristine} {images.State}").Checked();
            string path = Directory.GetFiles(images.State, file, SearchOption.AllDirectories).Order(StringComparer.Ordinal).First();
            string what = $"{damage} {Path.GetFileName(path)}";
            Do(damage, path);
            bool mattered = CheckAndRepair(images, what, out bool clean);
            bool forgotten = file == "catalog.db" && mattered;
            images.MountAgain();
            using (images.AbortAfter(TimeSpan.FromMinutes(2)))
            {
                bool whole = Verify(images, forgotten, what);
                Assert.True(mattered || whole, $"{what}: something is lost, and the check said nothing");
                Assert.Equal(clean || forgotten, Check(images.Mount).ExitCode == 0);
                foreach (string cut in Cuts[1..].Where(c => Directory.Exists(images.Snapshot(c))))
                    images.Release(cut);
                // Life goes on: the next snapshot is whole. Nothing is written, so that the images stay what the pristine state knows.
                images.Cut("next");
                foreach (string name in Names)
                    Assert.True(File.ReadAllBytes($"{images.Backing}/{name}").AsSpan().SequenceEqual(File.ReadAllBytes($"{images.Snapshot("next")}/{name}")), what);
            }
            images.Unmount();
            ToolResult last = Check(images.Backing, "--state", images.State);
            Assert.True(last.ExitCode == 0, $"{what}: {last}");
        }
    }

    /// <summary>Two images with changes in every generation, a checkpoint and two held snapshots; what they were at each cut lies in copies.</summary>
    private static void Use(MountedImages images)
    {
        Tool.Bash($"for i in a b; do head -c 200000 /dev/urandom > {images.Mount}/$i.img; done").Checked();
        for (int i = 0; i < Cuts.Length; i++)
        {
            Tool.Bash($"for i in a b; do for k in {i} {i + 5} {20 + (2 * i)}; do head -c 6000 /dev/urandom | dd of={images.Mount}/$i.img bs=4k seek=$k conv=notrunc status=none; done; done; cp -r {images.Backing} {images.Scratch}/{Cuts[i]}").Checked();
            images.Cut(Cuts[i]);
        }
        Tool.Bash($"for i in a b; do for k in 1 6 30; do head -c 9000 /dev/urandom | dd of={images.Mount}/$i.img bs=4k seek=$k conv=notrunc status=none; done; done").Checked();
        images.Release("one");
        Assert.Equal(0, Check(images.Mount).ExitCode);
        images.Unmount();
        Assert.Equal(0, Check(images.Backing, "--state", images.State).ExitCode);
    }

    private static void Do(Damage damage, string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        switch (damage)
        {
            case Damage.Flipped:
                bytes[Math.Max(0, Array.FindLastIndex(bytes, b => b != 0))] ^= 0x20;
                File.WriteAllBytes(path, bytes);
                break;
            case Damage.Truncated:
                File.WriteAllBytes(path, bytes[..(bytes.Length / 3)]);
                break;
            case Damage.Deleted:
                File.Delete(path);
                break;
        }
    }

    /// <returns>Whether a fault was found.</returns>
    private static bool CheckAndRepair(MountedImages images, string what, out bool clean)
    {
        ToolResult found = Check(images.Backing, "--state", images.State);
        Assert.True(found.ExitCode is 0 or Faults, $"{what}: {found}");
        Assert.Equal(found.ExitCode == Faults, found.Output.Contains("FAULT ", StringComparison.Ordinal));
        // Looking changes nothing: it says the same again.
        Assert.True(!what.StartsWith("Flipped", StringComparison.Ordinal) || Check(images.Backing, "--state", images.State).ExitCode == found.ExitCode, what);
        ToolResult repaired = Check(images.Backing, "--state", images.State, "--repair");
        ToolResult again = Check(images.Backing, "--state", images.State);
        Assert.Equal(repaired.ExitCode, again.ExitCode);
        clean = again.ExitCode == 0;
        // What can't be repaired are pre-images that are gone, and it says what to do.
        if (!clean && what == "Deleted catalog.db")
        {
            Assert.Contains("starts without history", again.Output, StringComparison.Ordinal);
        }
        else if (!clean)
        {
            Assert.True(what.Contains(".data", StringComparison.Ordinal) || what.Contains(".sums", StringComparison.Ordinal), $"{what}: {again}");
            Assert.Contains("can't be repaired", repaired.Output, StringComparison.Ordinal);
            Assert.Contains("then release it", again.Output, StringComparison.Ordinal);
        }
        return found.ExitCode != 0;
    }

    /// <summary>Each block of a view is what it was or EIO, and changes since each cut lead from then to now.</summary>
    /// <returns>Whether all is as if nothing had happened.</returns>
    private static bool Verify(MountedImages images, bool mayForget, string what)
    {
        bool whole = true;
        foreach (string cut in Cuts)
        {
            foreach (string name in Names)
            {
                byte[] then = File.ReadAllBytes($"{images.Scratch}/{cut}/{name}");
                if (cut != "one")
                    whole &= VerifyView($"{images.Snapshot(cut)}/{name}", then, mayForget, $"{what}: {name} in {cut}");
                whole &= VerifyChanges(images, name, cut, then, mayForget, what);
            }
        }
        return whole;
    }

    private static bool VerifyView(string path, byte[] then, bool mayForget, string what)
    {
        if (mayForget && !File.Exists(path))
            return false;
        int read = 0;
        byte[] block = new byte[Block];
        for (long at = 0; at < then.Length; at += Block)
        {
            int length = (int)Math.Min(Block, then.Length - at);
            try
            {
                using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
                file.Position = at;
                file.ReadExactly(block.AsSpan(0, length));
            }
            catch (IOException e) when (e is not EndOfStreamException)
            {
                continue;
            }
            Assert.True(block.AsSpan(0, length).SequenceEqual(then.AsSpan((int)at, length)), $"{what}: wrong at {at}");
            read += length;
        }
        if (read != then.Length)
            Assert.NotEqual("", Tool.Run("getfattr", "--only-values", "-n", "user.vdfs.state", path).Output);
        return read == then.Length;
    }

    private static bool VerifyChanges(MountedImages images, string name, string cut, byte[] then, bool mayForget, string what)
    {
        ToolResult changes = VdfsCommand.Run("changes", $"{images.Mount}/{name}", "--from", cut, "--json");
        if (mayForget && changes.ExitCode != 0)
        {
            Assert.Contains(cut, changes.Error, StringComparison.Ordinal);
            return false;
        }
        byte[] now = File.ReadAllBytes($"{images.Backing}/{name}");
        byte[] copy = [.. then];
        Array.Resize(ref copy, now.Length);
        foreach (JsonElement extent in JsonDocument.Parse(changes.Checked().Output).RootElement.GetProperty("extents").EnumerateArray())
        {
            (int start, int length) = (extent.GetProperty("start").GetInt32(), extent.GetProperty("length").GetInt32());
            now.AsSpan(start, Math.Min(length, now.Length - start)).CopyTo(copy.AsSpan(start));
        }
        Assert.True(copy.AsSpan().SequenceEqual(now), string.Create(CultureInfo.InvariantCulture, $"{what}: changes of {name} since {cut} are missing"));
        return changes.Error.Length == 0;
    }

    private static ToolResult Check(params string[] arguments) => VdfsCommand.Run(["check", .. arguments]);
}
