using System.Diagnostics;
using System.IO;
using VdFs.Core.Errors;
using VdFs.Core.Storage;
using VdFs.FileSystem.Backing;
using VdFs.FileSystem.Tree;
using VdFs.Fuse.Tests.Native;
using FileAttributes = VdFs.Core.Storage.FileAttributes;

namespace VdFs.Fuse.Tests.Backing;

/// <summary>What is made belongs to the caller, and what the caller may not do is refused. Needs root, as the daemon does for it.</summary>
public sealed class CallerTests : BackingFixture
{
    private static readonly Caller User = new(1000, 1000, 0);

    [RootFact]
    public void New_files_belong_to_the_caller_and_obey_the_umask()
    {
        BackingRef folder = MakeFolder("open", 0b111_111_111);
        Ok(Backing.Create(User, folder, "created"u8, 0x1B6, 0x12, out IBackingFile? file, out BackingRef node, out FileAttributes attributes));
        file!.Dispose();
        Backing.Close(node);
        Assert.Equal((1000u, 1000u, 0x1A4u), (attributes.Uid, attributes.Gid, attributes.Mode & 0xFFF));
        Ok(Backing.CreateUnnamed(User, folder, 0x1B6, 0x3F, exclusive: false, out file, out node, out attributes));
        file!.Dispose();
        Assert.Equal((1000u, 1000u, 0x180u), (attributes.Uid, attributes.Gid, attributes.Mode & 0xFFF));
        Ok(Backing.Link(User, node, folder, "linked"u8));
        Backing.Close(node);
        Ok(Backing.MakeNode(User, folder, "node"u8, 0x81B6, 0, 0));
        Ok(Backing.MakeDirectory(User, folder, "folder"u8, 0x1FF, 0x1FF));
        Ok(Backing.MakeSymlink(User, folder, "link"u8, "target"u8));
        CheckOwner("open/node", 0x1B6);
        CheckOwner("open/folder", 0);
        CheckOwner("open/link", 0x1FF);
        Backing.Close(folder);
    }

    [RootFact]
    public void The_caller_may_not_make_remove_or_rename_where_it_has_no_permission()
    {
        BackingRef closed = MakeFolder("closed", 0b111_101_101);
        BackingRef open = MakeFolder("open", 0b111_111_111);
        File.WriteAllText(Folder["closed/file"], "x");
        Assert.Equal(FsError.AccessDenied, Backing.Create(User, closed, "new"u8, 0x1A4, 0, out _, out _, out _));
        Assert.Equal(FsError.AccessDenied, Backing.CreateUnnamed(User, closed, 0x1A4, 0, exclusive: false, out _, out _, out _));
        Assert.Equal(FsError.AccessDenied, Backing.MakeNode(User, closed, "new"u8, 0x81A4, 0, 0));
        Assert.Equal(FsError.AccessDenied, Backing.MakeDirectory(User, closed, "new"u8, 0x1ED, 0));
        Assert.Equal(FsError.AccessDenied, Backing.MakeSymlink(User, closed, "new"u8, "x"u8));
        Assert.Equal(FsError.AccessDenied, Backing.Unlink(User, closed, "file"u8));
        Assert.Equal(FsError.AccessDenied, Backing.Rename(User, closed, "file"u8, open, "file"u8, RenameMode.Replace));
        Assert.Equal(["file"], Directory.EnumerateFileSystemEntries(Folder["closed"]).Select(Path.GetFileName));
        Assert.Equal(FsError.NotPermitted, Backing.MakeNode(User, open, "device"u8, FileAttributes.TypeBlockDevice | 0x1B6, 0, 0x801));
        Backing.Close(closed);
        Backing.Close(open);
    }

    [RootFact]
    public void A_supplementary_group_of_the_caller_counts()
    {
        BackingRef folder = MakeFolder("shared", 0b111_111_000);
        AttributeChange change = new() { Fields = AttributeFields.Gid, Gid = 54321 };
        Ok(Backing.SetAttributes(default, folder, change));
        using GroupedProcess member = new("4321,54321");
        using GroupedProcess stranger = new("4321");
        Assert.Equal(FsError.AccessDenied, Backing.MakeDirectory(User, folder, "new"u8, 0x1ED, 0));
        Assert.Equal(FsError.AccessDenied, Backing.MakeDirectory(User with { Pid = stranger.Id }, folder, "new"u8, 0x1ED, 0));
        Ok(Backing.MakeDirectory(User with { Pid = member.Id }, folder, "new"u8, 0x1ED, 0));
        Backing.Close(folder);
    }

    [RootFact]
    public void A_default_acl_stands_in_for_the_umask()
    {
        BackingRef folder = MakeFolder("acl", 0b111_111_111);
        using (Process process = Process.Start("setfacl", ["-d", "-m", "u::rwx,u:1001:rwx,g::r-x,o::---", Folder["acl"]]))
            process.WaitForExit();
        Ok(Backing.Create(User, folder, "file"u8, 0x1B6, 0x3F, out IBackingFile? file, out BackingRef node, out FileAttributes attributes));
        file!.Dispose();
        Assert.Equal(0x1B0u, attributes.Mode & 0xFFF);
        Ok(Backing.GetExtendedAttribute(node, "system.posix_acl_access"u8, default, out int length));
        Assert.True(length > 0);
        Backing.Close(node);
        Backing.Close(folder);
    }

    [RootFact]
    public void In_a_setgid_directory_new_files_take_its_group()
    {
        BackingRef folder = MakeFolder("setgid", 0b111_111_111);
        Ok(Backing.SetAttributes(default, folder, new AttributeChange { Fields = AttributeFields.Gid, Gid = 54321 }));
        Ok(Backing.SetAttributes(default, folder, new AttributeChange { Fields = AttributeFields.Mode, Mode = 0x5FF }));
        Ok(Backing.MakeDirectory(User, folder, "below"u8, 0x1FF, 0));
        FileAttributes attributes = AttributesOf("setgid/below");
        Assert.Equal((1000u, 54321u, 0x5FFu), (attributes.Uid, attributes.Gid, attributes.Mode & 0xFFF));
        Backing.Close(folder);
    }

    [RootFact]
    public void Extended_attributes_are_changed_as_the_caller()
    {
        Write("theirs");
        BackingRef node = Find("theirs");
        Assert.Equal(FsError.AccessDenied, Backing.SetExtendedAttribute(User, node, "user.a"u8, "x"u8, ExtendedAttributeMode.CreateOrReplace));
        Ok(Backing.SetAttributes(default, node, new AttributeChange { Fields = AttributeFields.Uid, Uid = 1000 }));
        Ok(Backing.SetExtendedAttribute(User, node, "user.a"u8, "x"u8, ExtendedAttributeMode.CreateOrReplace));
        Ok(Backing.RemoveExtendedAttribute(User, node, "user.a"u8));
        Backing.Close(node);
    }

    [RootFact]
    public void The_thread_is_the_daemon_again_after_success_and_failure()
    {
        string before = Identity();
        BackingRef folder = MakeFolder("closed", 0b111_101_101);
        using GroupedProcess member = new("4321,54321");
        Caller caller = User with { Pid = member.Id };
        Assert.Equal(FsError.AccessDenied, Backing.MakeDirectory(caller, folder, "new"u8, 0x1ED, 0x1FF));
        Assert.Equal(before, Identity());
        Ok(Backing.SetAttributes(default, folder, new AttributeChange { Fields = AttributeFields.Mode, Mode = 0x1FF }));
        Ok(Backing.MakeDirectory(caller, folder, "new"u8, 0x1ED, 0x1FF));
        Assert.Equal(before, Identity());
        Assert.Equal(FsError.NameTooLong, Backing.MakeDirectory(caller, folder, new byte[300], 0x1ED, 0x1FF));
        Assert.Equal(before, Identity());
        Backing.Close(folder);
    }

    [RootFact]
    public void Threads_do_not_disturb_each_other()
    {
        BackingRef folder = MakeFolder("open", 0b111_111_111);
        int wrong = 0;
        Thread[] threads = [.. Enumerable.Range(0, 4).Select(number => new Thread(() =>
        {
            Caller caller = new((uint)(2000 + number), (uint)(3000 + number), 0);
            uint umask = (uint)number;
            for (int i = 0; i < 200; i++)
            {
                FsError error = Backing.Create(caller, folder, Bytes($"{number}-{i}"), 0x1B6, umask, out IBackingFile? file, out BackingRef node, out FileAttributes made);
                if (error != FsError.None || made.Uid != caller.Uid || made.Gid != caller.Gid || (made.Mode & 0xFFF) != (0x1B6 & ~umask))
                    Interlocked.Increment(ref wrong);
                file?.Dispose();
                Backing.Close(node);
            }
        }))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        Assert.Equal(0, wrong);
        Backing.Close(folder);
    }

    private static string Identity() => string.Join('\n', File.ReadLines("/proc/thread-self/status")
        .Where(line => line.StartsWith("Uid:", StringComparison.Ordinal) || line.StartsWith("Gid:", StringComparison.Ordinal)
            || line.StartsWith("Groups:", StringComparison.Ordinal) || line.StartsWith("Umask:", StringComparison.Ordinal)
            || line.StartsWith("CapEff:", StringComparison.Ordinal)));

    private BackingRef MakeFolder(string name, uint mode)
    {
        Ok(Backing.MakeDirectory(Root, Backing.Root, Bytes(name), mode, 0));
        return Find(name);
    }

    private void CheckOwner(string path, uint mode)
    {
        FileAttributes attributes = AttributesOf(path);
        Assert.Equal((1000u, 1000u, mode), (attributes.Uid, attributes.Gid, attributes.Mode & 0xFFF));
    }
}
