using VdFs.Cli.Mounting;
using VdFs.Core.Space;
using VdFs.Fuse.Mounting;

namespace VdFs.Cli.Tests.Mounting;

public class OptionWordsTests
{
    [Fact]
    public void Words_of_fstab_are_understood()
    {
        var words = OptionWords.Parse(["allow_other,ro,show-snapshots,hide-snapshots,state=/s,adopt-state", "preserve=/p,threads=3,hang-limit=90,max-checkpoints=7"]);
        Assert.Equal((true, true, true, "/s", "/p", 3, 90, 7), (words.AllowOther, words.ReadOnly, words.ShowSnapshots, words.State, words.Preserve, words.Threads, words.HangLimit, words.MaxCheckpoints));
        Assert.True(words.AdoptState);
    }

    [Theory]
    [InlineData("noatime,nodiratime,noexec", MountFlags.NoAccessTime | MountFlags.NoFolderAccessTime | MountFlags.NoExecution)]
    [InlineData("noatime,relatime", MountFlags.None)]
    [InlineData("nodiratime,diratime,noexec,exec", MountFlags.None)]
    public void Words_of_mount_are_carried_out_and_the_last_one_counts(string list, MountFlags flags) => Assert.Equal(flags, OptionWords.Parse([list]).Flags);

    [Theory]
    [InlineData("suid")]
    [InlineData("dev")]
    [InlineData("sync")]
    [InlineData("dirsync")]
    [InlineData("strictatime")]
    [InlineData("lazytime")]
    public void A_word_that_cannot_be_carried_out_is_refused(string word)
    {
        CommandFailedException refused = Assert.Throws<CommandFailedException>(() => OptionWords.Parse(["ro," + word]));
        Assert.Equal(ExitCode.Usage, refused.Code);
        Assert.Contains($"\"{word}\"", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Words_about_space_are_understood()
    {
        var words = OptionWords.Parse(["preserve-limit=25%,when-full=wait", "when-full-limit=90"]);
        Assert.Equal((new SpaceLimit(0, 25), WhenFull.Wait, 90), (words.PreserveLimit, words.WhenFull, words.WhenFullLimit));
        Assert.Equal(SpaceLimit.None, OptionWords.Parse(["preserve-limit=none"]).PreserveLimit);
    }

    [Theory]
    [InlineData("10G", 10L << 30, 0, "10G")]
    [InlineData("1536k", 1536L << 10, 0, "1536K")]
    [InlineData("1024MiB", 1L << 30, 0, "1G")]
    [InlineData("4097B", 4097, 0, "4097B")]
    [InlineData("2TiB", 2L << 40, 0, "2T")]
    [InlineData("2TB", 2_000_000_000_000, 0, "1953125000K")]
    [InlineData("100%", 0, 100, "100%")]
    public void Sizes_are_understood(string text, long bytes, int percent, string shown)
    {
        Assert.True(SpaceLimit.TryParse(text, out var limit));
        Assert.Equal(new(bytes, percent), limit);
        Assert.Equal(shown, limit.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("-1G")]
    [InlineData("1.5G")]
    [InlineData("10X")]
    [InlineData("G")]
    [InlineData("101%")]
    [InlineData("0%")]
    [InlineData("9999999999999999999")]
    [InlineData("9000P")]
    public void What_is_no_size_is_refused(string text) => Assert.False(SpaceLimit.TryParse(text, out _));

    [Fact]
    public void What_everyone_says_is_taken_and_means_nothing()
    {
        var words = OptionWords.Parse(["rw,nosuid,nodev,_netdev,defaults,noauto,nofail,silent,x-systemd.automount,,"]);
        Assert.Equal((null, false, null), (words.AllowOther, words.ReadOnly, words.State));
    }

    [Fact]
    public void Last_word_wins() => Assert.False(OptionWords.Parse(["ro", "rw"]).ReadOnly);

    [Theory]
    [InlineData("frobnicate")]
    [InlineData("state")]
    [InlineData("state=")]
    [InlineData("threads=0")]
    [InlineData("threads=many")]
    [InlineData("sync")]
    [InlineData("preserve-limit=much")]
    [InlineData("preserve-limit")]
    [InlineData("when-full=panic")]
    [InlineData("when-full-limit=-1")]
    public void Unknown_and_incomplete_words_are_usage_errors(string word)
    {
        var failed = Assert.Throws<CommandFailedException>(() => OptionWords.Parse([word]));
        Assert.Equal(ExitCode.Usage, failed.Code);
        Assert.Contains(word, failed.Message, StringComparison.Ordinal);
    }
}
