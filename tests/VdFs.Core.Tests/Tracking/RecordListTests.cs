using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Tracking;
using VdFs.TestKit.Memory;

namespace VdFs.Core.Tests.Tracking;

/// <summary>The list of change records says what is there, and its own damage is noticed.</summary>
public sealed class RecordListTests
{
    private readonly MemoryStorage state = new();

    private MemoryFile File => state["records"];

    [Fact]
    public void What_was_listed_is_listed_when_it_is_read_again()
    {
        using (RecordList list = Written())
        {
            list.Made(new(2), 7);
            list.Sector(new(2), 7, 3);
            list.Sector(new(2), 7, 5);
            Assert.Equal(FsError.None, list.Seal(new(3), 7, 99));
            Assert.Equal(FsError.None, list.Remove([(new(1), 1)]));
            Assert.Equal(FsError.None, list.Begin(5));
        }
        using RecordList read = Read();
        Assert.Equal(("", true, 5L), (read.Problem, read.Found, read.Mount));
        Dictionary<(ImageId Image, long Generation), ListedRecord> listed = read.Listed(trusted: true);
        Assert.Equal([(1UL, 2L), (2UL, 7L), (3UL, 7L)], listed.Keys.Select(k => (k.Image.Value, k.Generation)).Order());
        Assert.Equal([3, 5], listed[(new(2), 7)].Sectors);
        Assert.Equal(99u, listed[(new(3), 7)].Sum);
        Assert.Equal(42u, listed[(new(1), 2)].Sum);
    }

    [Fact]
    public void After_a_power_cut_only_what_was_taken_off_is_believed_of_what_was_appended()
    {
        using (RecordList list = Written())
        {
            list.Made(new(2), 7);
            Assert.Equal(FsError.None, list.Remove([(new(1), 1)]));
            Assert.Equal(FsError.None, list.Unseal([(new(1), 2)]));
            Assert.Equal(FsError.None, list.Seal(new(1), 2, 43));
        }
        using RecordList read = Read();
        (var key, ListedRecord record) = Assert.Single(read.Listed(trusted: false));
        Assert.Equal((1UL, 2L, null), (key.Image.Value, key.Generation, record.Sum));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(9)]
    [InlineData(20)]
    [InlineData(30)]
    [InlineData(33)]
    [InlineData(40)]
    [InlineData(70)]
    [InlineData(95)]
    public void A_flipped_bit_is_noticed(int at)
    {
        Written().Dispose();
        byte[] one = new byte[1];
        File.Read(at, one, out _);
        one[0] ^= 4;
        File.Write(at, one, out _);
        using RecordList read = Read();
        Assert.NotEqual("", read.Problem);
        Assert.False(read.IsOnlyTorn);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(31)]
    [InlineData(32)]
    [InlineData(64)]
    [InlineData(95)]
    public void What_had_been_on_stable_storage_and_is_cut_off_is_noticed(int length)
    {
        Written().Dispose();
        File.SetLength(length);
        using RecordList read = Read();
        Assert.NotEqual("", read.Problem);
        Assert.False(read.IsOnlyTorn);
    }

    [Fact]
    public void Entries_that_changed_places_are_noticed()
    {
        Written().Dispose();
        byte[] entries = new byte[64];
        File.Read(32, entries, out _);
        File.Write(32, entries.AsSpan(32, 32), out _);
        File.Write(64, entries.AsSpan(0, 32), out _);
        using RecordList read = Read();
        Assert.NotEqual("", read.Problem);
    }

    [Fact]
    public void An_appended_entry_that_is_torn_is_told_apart()
    {
        using (RecordList list = Written())
            list.Made(new(2), 7);
        File.Write(100, [1, 2, 3], out _);
        using (RecordList read = Read())
            Assert.True(read.IsOnlyTorn);
        // One that was cut off in its middle never was.
        File.SetLength(110);
        using RecordList shorter = Read();
        Assert.Equal("", shorter.Problem);
    }

    [Fact]
    public void A_new_one_is_whole_or_the_former_one_stays()
    {
        Written().Dispose();
        state.Fault = o => o.StartsWith("write records.new", StringComparison.Ordinal) ? FsError.NoSpace : FsError.None;
        using RecordList read = Read();
        Assert.Equal(FsError.NoSpace, read.Rewrite(new Dictionary<(ImageId Image, long Generation), ListedRecord>(), 9));
        using RecordList again = Read();
        Assert.Equal(("", 2), (again.Problem, again.Listed(trusted: true).Count));
    }

    [Fact]
    public void It_grows_with_what_there_is_and_not_with_what_there_was()
    {
        using (RecordList list = Written())
        {
            list.Slack = 8;
            for (ulong i = 2; i < 1000; i++)
            {
                list.Made(new(i), 7);
                list.Sector(new(i), 7, 3);
                Assert.Equal(FsError.None, list.Remove([(new(i), 7)]));
            }
            Assert.InRange(File.Length, 0, 40 * RecordList.EntrySize);
            list.Made(new(5000), 8);
            list.Sector(new(5000), 8, 1);
            Assert.Equal(FsError.None, list.Begin(5));
        }
        using RecordList read = Read();
        Assert.Equal(("", 5L), (read.Problem, read.Mount));
        Dictionary<(ImageId Image, long Generation), ListedRecord> listed = read.Listed(trusted: true);
        Assert.Equal([(1UL, 1L), (1UL, 2L), (5000UL, 8L)], listed.Keys.Select(k => (k.Image.Value, k.Generation)).Order());
        Assert.Equal([1], listed[(new(5000), 8)].Sectors);
        // What was on stable storage when the mount began is believed after a power cut, the rest isn't.
        Assert.Equal([(1UL, 1L), (1UL, 2L)], read.Listed(trusted: false).Keys.Select(k => (k.Image.Value, k.Generation)).Order());
    }

    [Fact]
    public void What_can_not_be_written_anew_goes_on_as_it_is()
    {
        using (RecordList list = Written())
        {
            list.Slack = 2;
            state.Fault = o => o == "open records.new" ? FsError.NoSpace : FsError.None;
            for (ulong i = 2; i < 20; i++)
            {
                list.Made(new(i), 7);
                Assert.Equal(FsError.None, list.Remove([(new(i), 7)]));
            }
            list.Made(new(5000), 8);
        }
        using RecordList read = Read();
        Assert.Equal("", read.Problem);
        Assert.Equal(3, read.Listed(trusted: true).Count);
    }

    private RecordList Read()
    {
        Assert.Equal(FsError.None, RecordList.Read(state, out RecordList? list));
        return list!;
    }

    /// <summary>Two records of image 1; the second one is sealed.</summary>
    private RecordList Written()
    {
        RecordList list = Read();
        Assert.Equal(FsError.None, list.Rewrite(new Dictionary<(ImageId Image, long Generation), ListedRecord>
        {
            [(new(1), 1)] = ListedRecord.Unsealed,
            [(new(1), 2)] = new(42, []),
        }, 4));
        return list;
    }
}
