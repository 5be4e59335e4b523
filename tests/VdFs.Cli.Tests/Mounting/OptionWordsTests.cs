using VdFs.Cli.Mounting;

namespace VdFs.Cli.Tests.Mounting;

public class OptionWordsTests
{
    [Fact]
    public void Words_of_fstab_are_understood()
    {
        var words = OptionWords.Parse(["allow_other,ro,hide-snapshots,state=/s", "preserve=/p,threads=3,max-checkpoints=7"]);
        Assert.Equal((true, true, true, "/s", "/p", 3, 7), (words.AllowOther, words.ReadOnly, words.HideSnapshots, words.State, words.Preserve, words.Threads, words.MaxCheckpoints));
    }

    [Fact]
    public void What_everyone_says_is_taken_and_means_nothing()
    {
        var words = OptionWords.Parse(["rw,nosuid,nodev,_netdev,defaults,noauto,nofail,noatime,x-systemd.automount,,"]);
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
    public void Unknown_and_incomplete_words_are_usage_errors(string word)
    {
        var failed = Assert.Throws<CommandFailedException>(() => OptionWords.Parse([word]));
        Assert.Equal(ExitCode.Usage, failed.Code);
        Assert.Contains(word, failed.Message, StringComparison.Ordinal);
    }
}
