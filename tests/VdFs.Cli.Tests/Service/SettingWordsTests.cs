using VdFs.Cli.Service;

namespace VdFs.Cli.Tests.Service;

public sealed class SettingWordsTests
{
    [Fact]
    public void What_a_mount_was_told_last_counts_for_later_workers_and_what_was_not_told_again_stays()
    {
        var remembered = SettingWords.Add("", new(null, "wait", 30));
        remembered = SettingWords.Add(remembered, new("5G", null, 60));
        Assert.Equal(new SetRequest("5G", "wait", 60), SettingWords.Parse(remembered));
        Assert.NotNull(SettingWords.Read(SettingWords.Parse(remembered)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("not JSON")]
    public void What_another_build_remembered_in_its_own_way_is_left_alone(string remembered) =>
        Assert.Equal(new SetRequest(null, null, null), SettingWords.Parse(remembered));
}
