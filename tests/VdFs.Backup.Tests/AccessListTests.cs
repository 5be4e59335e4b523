using System.Buffers.Binary;
using VdFs.Backup.Restoring;

namespace VdFs.Backup.Tests;

/// <summary>What is left of a list of access where there can't be one.</summary>
public sealed class AccessListTests
{
    [Theory]
    // The mask isn't what the group may do.
    [InlineData("u:6 n:6 g:0 m:6 o:0", 0x1B0, 0x180)]
    [InlineData("u:6 n:6 g:6 m:4 o:4", 0x1A4, 0x1A4)]
    // One who is shut out is one of the others, and may be one of the group.
    [InlineData("u:6 n:0 g:4 m:4 o:4", 0x1A4, 0x180)]
    [InlineData("u:6 x:0 g:4 m:4 o:4", 0x1A4, 0x1A0)]
    [InlineData("u:7 g:5 o:5", 0x1ED, 0x1ED)]
    public void Without_its_list_nobody_may_do_more(string list, int mode, int expected) =>
        Assert.Equal((uint)expected, AccessList.Read(Bytes(list))!.Value.ModeWithout((uint)mode));

    [Fact]
    public void A_list_is_limited_by_mode_and_group()
    {
        var list = AccessList.Read(Bytes("u:6 n:6 g:6 m:6 o:4"))!.Value;
        Assert.Equal(Bytes("u:6 n:6 g:4 m:4 o:4"), list.Limited(0x1A4, sameGroup: false));
        Assert.Equal(Bytes("u:6 n:6 g:6 m:0 o:0"), list.Limited(0x180, sameGroup: true));
        Assert.Null(AccessList.Read([2, 0, 0, 0, 1]));
    }

    private static byte[] Bytes(string list)
    {
        var bytes = new List<byte> { 2, 0, 0, 0 };
        foreach (string entry in list.Split(' '))
        {
            byte[] one = new byte[8];
            BinaryPrimitives.WriteUInt16LittleEndian(one, (ushort)(entry[0] switch { 'u' => 1, 'n' => 2, 'g' => 4, 'x' => 8, 'm' => 16, _ => 32 }));
            one[2] = (byte)(entry[2] - '0');
            bytes.AddRange(one);
        }
        return [.. bytes];
    }
}
