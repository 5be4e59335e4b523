using System.IO;
using VdFs.Core.Errors;
using VdFs.Core.Storage;
using VdFs.FileSystem.Backing;
using VdFs.FileSystem.Tree;
using VdFs.Fuse.Tests.Native;
using FileAttributes = VdFs.Core.Storage.FileAttributes;

namespace VdFs.Fuse.Tests.Backing;

public sealed class AttributeTests : BackingFixture
{
    // cap_net_raw=ep of capability revision 2
    private static readonly byte[] Capability = [1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    [RootFact]
    public void Owner_mode_and_times_are_set_as_asked()
    {
        Write("file");
        Set("file", new AttributeChange
        {
            Fields = AttributeFields.Uid | AttributeFields.Gid | AttributeFields.Mode | AttributeFields.AccessTime | AttributeFields.ModifyTime,
            Uid = 1234,
            Gid = 5678,
            Mode = 0x9ED,
            AccessTime = new TimeSpec(-5, 999_999_999),
            ModifyTime = new TimeSpec(4_000_000_000, 1),
        });
        FileAttributes attributes = AttributesOf("file");
        Assert.Equal((1234u, 5678u, 0x9EDu), (attributes.Uid, attributes.Gid, attributes.Mode & 0xFFF));
        Assert.Equal(new TimeSpec(-5, 999_999_999), attributes.AccessTime);
        Assert.Equal(new TimeSpec(4_000_000_000, 1), attributes.ModifyTime);
    }

    [RootFact]
    public void What_is_not_asked_for_stays()
    {
        Write("file");
        Set("file", new AttributeChange { Fields = AttributeFields.Mode, Mode = 0x1FF });
        FileAttributes before = AttributesOf("file");
        Set("file", new AttributeChange { Fields = AttributeFields.Gid, Uid = 9, Gid = 7, Mode = 0 });
        Set("file", new AttributeChange { Fields = AttributeFields.ModifyTime, ModifyTime = new TimeSpec(1, 2), AccessTime = new TimeSpec(3, 4) });
        FileAttributes after = AttributesOf("file");
        Assert.Equal((before.Uid, 7u, before.Mode, before.AccessTime), (after.Uid, after.Gid, after.Mode, after.AccessTime));
        Assert.Equal(new TimeSpec(1, 2), after.ModifyTime);
        Set("file", new AttributeChange { Fields = AttributeFields.AccessTimeNow });
        FileAttributes now = AttributesOf("file");
        Assert.Equal(after.ModifyTime, now.ModifyTime);
        Assert.InRange(now.AccessTime.Seconds, DateTimeOffset.UtcNow.ToUnixTimeSeconds() - 60, DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 1);
    }

    [RootFact]
    public void A_symlink_has_owner_and_times_of_its_own()
    {
        Write("target");
        File.CreateSymbolicLink(Folder["link"], "target");
        FileAttributes target = AttributesOf("target");
        Set("link", new AttributeChange { Fields = AttributeFields.Uid | AttributeFields.ModifyTime, Uid = 77, ModifyTime = new TimeSpec(5, 6) });
        FileAttributes link = AttributesOf("link");
        Assert.Equal((77u, new TimeSpec(5, 6)), (link.Uid, link.ModifyTime));
        Assert.Equal(target, AttributesOf("target"));
    }

    [RootTheory]
    [InlineData(0xDFFu, 0x1FFu)]
    [InlineData(0xDF7u, 0x5F7u)]
    [InlineData(0x1A4u, 0x1A4u)]
    public void Privileges_are_killed(uint mode, uint expected)
    {
        Write("file");
        BackingRef node = Find("file");
        Set("file", new AttributeChange { Fields = AttributeFields.Mode, Mode = mode });
        Ok(Backing.SetExtendedAttribute(Root, node, "security.capability"u8, Capability, ExtendedAttributeMode.CreateOrReplace));
        Set("file", new AttributeChange { Fields = AttributeFields.KillPrivileges });
        Assert.Equal(expected, AttributesOf("file").Mode & 0xFFF);
        Assert.Equal(FsError.NoData, Backing.GetExtendedAttribute(node, "security.capability"u8, default, out _));
        Backing.Close(node);
    }

    [Fact]
    public void A_reference_to_an_unlinked_file_still_works()
    {
        Write("file");
        BackingRef node = Find("file");
        File.Delete(Folder["file"]);
        Ok(Backing.SetAttributes(default, node, new AttributeChange { Fields = AttributeFields.Mode | AttributeFields.ModifyTime, Mode = 0x180, ModifyTime = new TimeSpec(9, 9) }));
        Ok(Backing.GetAttributes(node, out FileAttributes attributes));
        Assert.Equal((0u, 0x180u, new TimeSpec(9, 9)), (attributes.Links, attributes.Mode & 0xFFF, attributes.ModifyTime));
        Ok(Backing.Open(node, OpenIntent.Write, out IBackingFile? file));
        Assert.Equal("content", ReadAll(file!));
        file!.Dispose();
        Backing.Close(node);
    }

    [Fact]
    public void The_filesystem_tells_its_space()
    {
        DriveInfo drive = new(Folder.Path);
        Ok(Backing.Statistics(Backing.Root, out FileSystemStatistics statistics));
        Assert.Equal(drive.TotalSize, (long)statistics.Blocks * statistics.FragmentSize);
        Assert.InRange(statistics.AvailableBlocks, 1ul, statistics.FreeBlocks);
        Assert.Equal(255u, statistics.NameLength);
        Ok(Backing.SyncAll());
    }

    [RootFact]
    public void Extended_attributes_are_set_read_listed_and_removed()
    {
        Write("file");
        BackingRef node = Find("file");
        byte[] buffer = new byte[100];
        Ok(Backing.ListExtendedAttributes(node, buffer, out int length));
        Assert.Equal(0, length);
        Ok(Backing.SetExtendedAttribute(Root, node, "user.one"u8, "value"u8, ExtendedAttributeMode.Create));
        Ok(Backing.SetExtendedAttribute(Root, node, "trusted.two"u8, default, ExtendedAttributeMode.CreateOrReplace));
        Assert.Equal(FsError.AlreadyExists, Backing.SetExtendedAttribute(Root, node, "user.one"u8, "x"u8, ExtendedAttributeMode.Create));
        Assert.Equal(FsError.NoData, Backing.SetExtendedAttribute(Root, node, "user.none"u8, "x"u8, ExtendedAttributeMode.Replace));
        Ok(Backing.GetExtendedAttribute(node, "user.one"u8, default, out length));
        Assert.Equal(5, length);
        Ok(Backing.GetExtendedAttribute(node, "user.one"u8, buffer, out length));
        Assert.Equal("value"u8, buffer.AsSpan(0, length));
        Assert.Equal(FsError.OutOfRange, Backing.GetExtendedAttribute(node, "user.one"u8, buffer.AsSpan(0, 3), out _));
        Ok(Backing.GetExtendedAttribute(node, "trusted.two"u8, buffer, out length));
        Assert.Equal(0, length);
        Ok(Backing.ListExtendedAttributes(node, default, out int needed));
        Ok(Backing.ListExtendedAttributes(node, buffer, out length));
        Assert.Equal(needed, length);
        Assert.Equal(["trusted.two", "user.one"], System.Text.Encoding.ASCII.GetString(buffer, 0, length).Split('\0', StringSplitOptions.RemoveEmptyEntries).Order());
        Ok(Backing.RemoveExtendedAttribute(Root, node, "user.one"u8));
        Assert.Equal(FsError.NoData, Backing.RemoveExtendedAttribute(Root, node, "user.one"u8));
        Assert.Equal(FsError.OutOfRange, Backing.GetExtendedAttribute(node, Bytes("user." + new string('n', 255)), buffer, out _));
        Backing.Close(node);
    }

    [RootFact]
    public void A_symlinks_attributes_are_not_its_targets()
    {
        Write("target");
        BackingRef target = Find("target");
        Ok(Backing.SetExtendedAttribute(Root, target, "trusted.a"u8, "x"u8, ExtendedAttributeMode.CreateOrReplace));
        File.CreateSymbolicLink(Folder["link"], "target");
        BackingRef link = Find("link");
        Assert.Equal(FsError.NoData, Backing.GetExtendedAttribute(link, "trusted.a"u8, default, out _));
        Ok(Backing.SetExtendedAttribute(Root, link, "trusted.b"u8, "y"u8, ExtendedAttributeMode.CreateOrReplace));
        Assert.Equal(FsError.NoData, Backing.GetExtendedAttribute(target, "trusted.b"u8, default, out _));
        Backing.Close(target);
        Backing.Close(link);
    }

    private void Set(string path, AttributeChange change)
    {
        BackingRef node = Find(path);
        Ok(Backing.SetAttributes(default, node, change));
        Backing.Close(node);
    }
}
