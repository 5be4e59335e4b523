using System.IO;
using System.Text;
using VdFs.Core.Deltas;
using VdFs.Core.Inodes;
using VdFs.Core.Snapshots;
using VdFs.Core.Storage;
using VdFs.Core.Tests.Engine;

namespace VdFs.Core.Tests.Inodes;

/// <summary>Views keep the numbers of what is the same file, tell by change times what isn't the same content, and share no number.</summary>
public sealed class ViewInodesTests
{
    [Fact]
    public void A_file_keeps_its_number_in_the_view_of_the_same_name_over_cuts_deaths_and_mounts()
    {
        using var world = new EngineWorld();
        world.Create("a");
        world.Create("b");
        world.Cut("tonight");
        (uint a, TimeSpec time) = Shown(world, "tonight", "a");
        uint b = Shown(world, "tonight", "b").Inode;
        uint root = Shown(world, "tonight", "").Inode;
        Assert.Equal(3, new HashSet<uint> { a, b, root }.Count);
        for (int night = 0; night < 4; night++)
        {
            world.Release("tonight");
            if (night > 0)
                world.Restart(clean: night == 1);
            world.Write("b", 0, new[] { (byte)night });
            world.Cut("tonight");
            if (night == 2)
                world.Restart(clean: false);
            Assert.Equal((a, time), Shown(world, "tonight", "a"));
            Assert.Equal(b, Shown(world, "tonight", "b").Inode);
            Assert.Equal(root, Shown(world, "tonight", "").Inode);
        }
    }

    [Fact]
    public void What_changed_has_another_change_time_though_its_file_shows_the_same_one()
    {
        // The files' own times never move here, as if all happened within a tick of the clock.
        using var world = new EngineWorld();
        world.Create("a");
        world.Create("b");
        world.Cut("tonight");
        TimeSpec own = Shown(world, "tonight", "a").Time;
        var seen = new HashSet<TimeSpec> { own };
        for (int night = 0; night < 3; night++)
        {
            world.Write("a", 0, "x"u8);
            world.Release("tonight");
            world.Cut("tonight");
            Assert.True(seen.Add(Shown(world, "tonight", "a").Time));
            Assert.Equal(own, Shown(world, "tonight", "b").Time);
        }
        // Unchanged since, it goes on showing what it showed last.
        TimeSpec last = Shown(world, "tonight", "a").Time;
        world.Release("tonight");
        world.Restart(clean: true);
        world.Cut("tonight");
        Assert.Equal(last, Shown(world, "tonight", "a").Time);
        // A first view of a name shows the files' own times.
        world.Cut("other");
        Assert.Equal(own, Shown(world, "other", "a").Time);
    }

    [Fact]
    public void Views_that_are_held_at_once_share_no_number_whatever_they_were_called()
    {
        using var world = new EngineWorld();
        for (int i = 0; i < 10; i++)
            world.Create($"image{i}");
        world.Cut("tonight");
        world.Cut("weekly");
        world.Release("tonight");
        world.Cut("tonight");
        Assert.True(world.Engine.Rename("tonight", "kept").Succeeded);
        // Its former one's numbers are those of `kept`.
        world.Cut("tonight");
        AssertAllDiffer(world);
        world.Restart(clean: false);
        world.Release("tonight");
        world.Cut("tonight");
        world.Release("weekly");
        world.Delete("image3");
        world.Create("image3");
        world.Rename("image4", "image5");
        world.Cut("weekly");
        AssertAllDiffer(world);
    }

    [Fact]
    public void A_renamed_file_keeps_its_number_and_a_new_one_at_its_path_gets_another()
    {
        using var world = new EngineWorld();
        world.Create("a");
        world.Create("b");
        world.Cut("tonight");
        uint a = Shown(world, "tonight", "a").Inode;
        uint b = Shown(world, "tonight", "b").Inode;
        world.Release("tonight");
        world.Rename("a", "c");
        world.Create("a");
        world.Cut("tonight");
        Assert.Equal(a, Shown(world, "tonight", "c").Inode);
        Assert.Equal(b, Shown(world, "tonight", "b").Inode);
        Assert.DoesNotContain(Shown(world, "tonight", "a").Inode, new[] { a, b });
    }

    [Fact]
    public void Numbers_that_are_missing_or_damaged_are_given_anew_at_the_next_start()
    {
        using var world = new EngineWorld();
        world.Create("a");
        world.Cut("one");
        world.Cut("two");
        long one = world.Engine.Snapshots.FindHeld("one")!.Number;
        uint before = Shown(world, "two", "a").Inode;
        world.Catalog.PutInodes([new(one, one, 0x9000_0000, [1, 2, 3])], [], world.Engine.Inodes.Pool.Window);
        world.Restart(clean: true);
        Assert.Equal(before, Shown(world, "two", "a").Inode);
        AssertAllDiffer(world);
        uint anew = Shown(world, "one", "a").Inode;
        world.Restart(clean: true);
        Assert.Equal(anew, Shown(world, "one", "a").Inode);
    }

    [Fact]
    public void Deltas_have_numbers_of_their_own_and_those_of_an_older_build_get_theirs()
    {
        using var world = new EngineWorld();
        world.Create("a");
        world.Cut("one");
        world.Cut("two");
        Assert.True(world.Engine.FindDelta("one", "two", mayWait: true, out Delta? delta).Succeeded);
        Assert.True(world.Engine.FindDelta("", "two", mayWait: true, out Delta? full).Succeeded);
        AssertAllDiffer(world);
        uint first = full!.FirstInode;
        world.Catalog.PutInodes([], [(delta!.Number, 0)], world.Engine.Inodes.Pool.Window);
        world.Restart(clean: false);
        Assert.Equal(first, world.Engine.Deltas.Find(full.Number)!.FirstInode);
        Assert.NotEqual(0u, world.Engine.Deltas.Find(delta.Number)!.FirstInode);
        AssertAllDiffer(world);
    }

    [Fact]
    public void Bytes_of_numbers_are_read_as_written_and_damage_is_found()
    {
        var inodes = new ViewInodes(7, 0x8000_0009, [0x8000_0002, 0, 0xFFFF_FFFE], [1, 2], [new(5, 6), new(-7, 999_999_999)]);
        byte[] bytes = ViewInodesFormat.Write(inodes);
        ViewInodes read = ViewInodesFormat.Read(7, 0x8000_0009, bytes);
        Assert.Equal(inodes.Numbers, read.Numbers);
        Assert.Equal(inodes.Stamped, read.Stamped);
        Assert.Equal(inodes.Stamps, read.Stamps);
        Assert.Equal([new(0x8000_0009, 0x8000_000A), new(0x8000_0002, 0x8000_0003), new(0xFFFF_FFFE, 0xFFFF_FFFF)], read.Ranges());
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] ^= 1;
            Assert.Throws<InvalidDataException>(() => ViewInodesFormat.Read(7, 1, bytes));
            bytes[i] ^= 1;
        }
        Assert.Throws<InvalidDataException>(() => ViewInodesFormat.Read(7, 1, []));
    }

    private static (uint Inode, TimeSpec Time) Shown(EngineWorld world, string snapshot, string path)
    {
        Snapshot held = world.Engine.Snapshots.FindHeld(snapshot)!;
        FileListEntry entry = held.Files.FindPath(Encoding.UTF8.GetBytes(path))!;
        return (held.Inodes!.Of(held.Files.FirstLink(entry)), held.Inodes.ChangeTimeOf(held.Files.FirstLink(entry)));
    }

    private static void AssertAllDiffer(EngineWorld world)
    {
        var numbers = new HashSet<uint> { InodePool.SnapshotsFolder, InodePool.CheckpointsFolder };
        foreach (Snapshot snapshot in world.Engine.Snapshots.All)
        {
            Assert.True(numbers.Add(snapshot.FolderInode));
            foreach (FileListEntry entry in snapshot.Held ? snapshot.Files.Entries : [])
            {
                if (snapshot.Files.FirstLink(entry) == entry)
                    Assert.True(numbers.Add(snapshot.Inodes!.Of(entry)), $"number {snapshot.Inodes!.Of(entry):x} is there twice");
            }
        }
        foreach (Delta delta in world.Engine.Deltas.All)
        {
            for (int i = 0; i < delta.Newer.Files.Count; i++)
                Assert.True(numbers.Add(delta.InodeOf(i, description: false)) && numbers.Add(delta.InodeOf(i, description: true)));
            Assert.True(numbers.Add(delta.DeletedInode));
        }
        Assert.All(numbers, n => Assert.True(n >= 0x8000_0000));
    }
}
