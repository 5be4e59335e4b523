using System.Text;
using VdFs.Core.Storage;

namespace VdFs.Core.Tests.Storage;

public sealed class ByteTextTests
{
    [Fact]
    public void Any_bytes_come_back_and_text_is_text()
    {
        var random = new Random(11);
        for (int i = 0; i < 5000; i++)
        {
            byte[] bytes = new byte[random.Next(20)];
            random.NextBytes(bytes);
            if (i % 3 == 0)
                bytes = [.. Encoding.UTF8.GetBytes("aü€😀"), .. bytes, .. Encoding.UTF8.GetBytes("😀")];
            Assert.Equal(bytes, ByteText.Encode(ByteText.Decode(bytes)));
        }
        Assert.Equal("aü€😀\n", ByteText.Decode("aü€😀\n"u8));
        Assert.True(ByteText.IsText("aü€😀\n"));
        Assert.False(ByteText.IsText(ByteText.Decode([0x61, 0xFF])));
        Assert.Equal("a?😀", ByteText.Wild(ByteText.Decode([0x61, 0xFF, .. "😀"u8])));
        Assert.Equal("a?b", ByteText.Show("a\nb"));
    }
}
