using System.IO;
using VdFs.Cli.Output;

namespace VdFs.Cli.Tests.Output;

public class TextTests
{
    [Theory]
    [InlineData("one two three", 7, "one two|three")]
    [InlineData("one two", 7, "one two")]
    [InlineData("abcdefgh ij", 3, "abc|def|gh|ij")]
    [InlineData("", 5, "")]
    public void Lines_break_between_words(string text, int width, string expected) => Assert.Equal(expected, string.Join('|', TextWrap.Lines(text, width)));

    [Fact]
    public void A_table_has_a_line_per_row_where_there_is_no_terminal_and_its_columns_stand_below_each_other()
    {
        using var output = new StringWriter();
        HumanOutput.Table(output, ["name", ">size"], [["a", "10"], ["a longer name", "7"]]);
        Assert.Equal("name           size\na                10\na longer name     7\n", output.ToString());
    }

    [Fact]
    public void Nothing_in_a_name_reaches_the_terminal_but_text()
    {
        using var output = new StringWriter();
        HumanOutput.Table(output, ["name"], [["a\u001b[31mb\nc\u202e"]]);
        HumanOutput.Pairs(output, [("mount point", "/m\u001b]0;x\a")]);
        Assert.Equal("name\na?[31mb?c?\nmount point  /m?]0;x?\n", output.ToString());
    }
}
