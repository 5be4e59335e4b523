using System.IO;
using System.Security.Cryptography;

namespace VdFs.Mounted.Tests.Guests;

/// <summary>What must and what may be on a guest's disk as it was at a cut.</summary>
/// <param name="MustHave">Files up to this number had been synced when the cut began.</param>
/// <param name="MayHave">No file above this number had been started when the cut was done.</param>
public sealed record GuestCut(int MustHave, int MayHave)
{
    /// <summary>Checks a raw copy of the disk: repaired by its journal alone, then clean, with exactly the files that it should have.</summary>
    public void Check(string copy, string folder)
    {
        // 1: the journal was replayed, and what a power cut leaves (orphans, counts) put right.
        ToolResult replay = Tool.Run("e2fsck", "-fy", copy);
        Assert.True(replay.ExitCode is 0 or 1, replay.ToString());
        Assert.DoesNotContain("multiply-claimed", replay.Output, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("corrupt", replay.Output, StringComparison.OrdinalIgnoreCase);
        Tool.Run("e2fsck", "-fn", copy).Checked();

        string mountPoint = Directory.CreateDirectory(Path.Combine(folder, "guest-disk")).FullName;
        using var loop = new LoopDevice(copy, readOnly: true);
        loop.Mount(mountPoint, "ext4", "ro,noload");
        HashSet<int> whole = [];
        foreach (string path in Directory.GetFiles(mountPoint))
        {
            string[] parts = Path.GetFileName(path).Split('-');
            int number = int.Parse(parts[0]);
            Assert.True(number <= MayHave, $"file {number} was begun after the cut, before which {MayHave} was the last");
#pragma warning disable CA5351 // A checksum that the guest's busybox knows.
            bool same = Convert.ToHexStringLower(MD5.HashData(File.ReadAllBytes(path))) == parts[1];
#pragma warning restore CA5351
            Assert.True(same || number > MustHave, $"file {number} had been synced before the cut, and has other content");
            if (same)
                whole.Add(number);
        }
        Assert.Equal([], Enumerable.Range(1, MustHave).Where(n => !whole.Contains(n)));
        loop.Unmount();
    }
}
