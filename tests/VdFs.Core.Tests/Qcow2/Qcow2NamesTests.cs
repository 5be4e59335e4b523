using System.Text;
using VdFs.Core.Qcow2;

namespace VdFs.Core.Tests.Qcow2;

public sealed class Qcow2NamesTests
{
    private static readonly DateTimeOffset Time = new(2026, 11, 22, 4, 15, 0, 7, TimeSpan.FromHours(1));

    [Fact]
    public void A_name_says_the_image_and_the_time_of_its_cut_in_UTC()
    {
        Assert.Equal("disk.img@20261122T031500.007Z.qcow2", Encoding.UTF8.GetString(Qcow2Names.Image("disk.img"u8, Time)));
        Assert.Equal("disk.img@20261122T031500.007Z.json", Encoding.UTF8.GetString(Qcow2Names.Json("disk.img"u8, Time)));
        Assert.Equal([0xff, (byte)'@'], Qcow2Names.Image([0xff], Time)[..2]);
    }

    [Fact]
    public void Long_names_are_shortened_to_255_bytes_and_meet_no_other()
    {
        var seen = new HashSet<string>();
        for (int length = 1; length <= 255; length++)
        {
            foreach (char last in "ab")
            {
                byte[] name = Encoding.ASCII.GetBytes(new string('n', length - 1) + last);
                byte[] image = Qcow2Names.Image(name, Time);
                byte[] json = Qcow2Names.Json(name, Time);
                Assert.Equal(length + 27 < 255 ? length + 27 : 255, image.Length);
                Assert.Equal(image.AsSpan(0, image.Length - 6), json.AsSpan(0, json.Length - 5));
                Assert.True(seen.Add(Encoding.ASCII.GetString(image)) && seen.Add(Encoding.ASCII.GetString(json)));
            }
        }
    }

    [Fact]
    public void A_character_is_not_cut_in_two()
    {
        foreach (string character in new[] { "é", "€", "😀" })
        {
            for (int before = 0; before < 4; before++)
            {
                byte[] name = Encoding.UTF8.GetBytes(new string('a', before) + string.Concat(Enumerable.Repeat(character, 250 / Encoding.UTF8.GetByteCount(character))));
                byte[] image = Qcow2Names.Image(name, Time);
                Assert.Equal(255, image.Length);
                Assert.DoesNotContain("\ufffd", Encoding.UTF8.GetString(image), StringComparison.Ordinal);
            }
        }
        Assert.Equal(255, Qcow2Names.Image(Enumerable.Repeat((byte)0x80, 255).ToArray(), Time).Length);
    }
}
