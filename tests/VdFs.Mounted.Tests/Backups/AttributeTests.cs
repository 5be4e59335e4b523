using System.IO;
using System.Text.Json;

namespace VdFs.Mounted.Tests.Backups;

/// <summary>Owners, permissions, lists of access and extended attributes through a backup and back.</summary>
public sealed class AttributeTests : IDisposable
{
    private const string Nobody = "65534";
    private readonly RepositoryWorld world = new();

    public AttributeTests()
    {
        Tool.Bash($"""
            cd {world.Images.Mount}
            chown 12:13 . && chmod 2710 .
            mkdir closed && chmod 700 closed && setfacl -d -m u:daemon:rw closed
            echo a > acl.img && chmod 600 acl.img && setfacl -m u:nobody:rw,g::--- acl.img
            echo b > closed/b.img && setfacl -b closed/b.img && chmod 4755 closed/b.img
            setfattr -n user.purpose -v db closed/b.img
            setfattr -n trusted.t -v t closed/b.img && setfattr -n security.s -v s closed/b.img
            echo g > group.img && chown 0:13 group.img && chmod 640 group.img
            ln -s acl.img link
            """).Checked();
        world.BackUp();
    }

    public void Dispose() => world.Dispose();

    [Fact]
    public void A_restored_tree_has_the_owners_permissions_lists_and_attributes_that_it_had()
    {
        // What new files get there must not be what restored ones have.
        string target = world.Folder("target");
        Tool.Run("setfacl", "-d", "-m", "u:nobody:rwx,o::rwx", target).Checked();
        JsonElement answer = world.Json("restore", world.Repository, target, "--all-attributes");
        Assert.Empty(answer.GetProperty("warnings").EnumerateArray());
        Assert.Equal(Describe(world.Images.Mount), Describe(target));
        Assert.Contains("trusted.t", Describe(target), StringComparison.Ordinal);
    }

    [Fact]
    public void What_gives_privileges_is_restored_only_when_asked_and_said()
    {
        string target = Path.Combine(world.Folder("work"), "new");
        JsonElement answer = world.Json("restore", world.Repository, target);
        string[] warnings = [.. answer.GetProperty("warnings").EnumerateArray().Select(w => w.GetString()!)];
        foreach (string said in new[] { "Set-user-id", "security.s", "trusted.t" })
            Assert.Contains(warnings, w => w.Contains(said, StringComparison.Ordinal) && w.Contains("--all-attributes", StringComparison.Ordinal));
        string found = Describe(target);
        Assert.DoesNotContain("trusted.t", found, StringComparison.Ordinal);
        Assert.DoesNotContain("security.s", found, StringComparison.Ordinal);
        Assert.Contains("user.purpose=\"db\"", found, StringComparison.Ordinal);
        Assert.Equal("755", Mode($"{target}/closed/b.img"));
        Assert.Equal("710", Mode(target));
    }

    [Fact]
    public void A_restore_never_widens_access()
    {
        string work = world.Folder("work");
        // One image of a closed folder, where anybody gets in.
        world.Json("restore", world.Repository, "closed/b.img", $"{work}/b.img");
        Assert.Equal("700", Mode($"{work}/b.img"));
        Directory.CreateDirectory($"{work}/some");
        world.Json("restore", world.Repository, "closed/b.img", $"{work}/some");
        Assert.Equal("700", Mode($"{work}/some/closed"));
        // In a target that is made, the folders that closed it are there.
        world.Json("restore", world.Repository, "closed/b.img", $"{work}/made/");
        Assert.Equal(("710", "700", "755"), (Mode($"{work}/made"), Mode($"{work}/made/closed"), Mode($"{work}/made/closed/b.img")));
        // A filesystem that knows no lists of access: without its entry, nobody keeps what the entry alone gave.
        Tool.Bash($"mkdir {work}/plain && mount -t ramfs ramfs {work}/plain").Checked();
        try
        {
            JsonElement answer = world.Json("restore", world.Repository, "acl.img", $"{work}/plain/acl.img");
            Assert.Contains("ACL", answer.GetProperty("warnings").ToString(), StringComparison.Ordinal);
            Assert.Equal("600", Mode($"{work}/plain/acl.img"));
        }
        finally
        {
            Tool.Run("umount", $"{work}/plain").Checked();
        }
        // What is there and isn't empty stays as it is, and that is said.
        Tool.Bash($"mkdir -m 755 {work}/used; echo 1 > {work}/used/other").Checked();
        Assert.Contains("owner and permissions stay", world.Json("restore", world.Repository, $"{work}/used").GetProperty("warnings").ToString(), StringComparison.Ordinal);
        Assert.Equal("755", Mode($"{work}/used"));
    }

    [Fact]
    public void Another_user_restores_what_that_user_may_and_hears_what_not()
    {
        string work = world.Folder("work");
        Tool.Bash($"chmod 711 {Path.GetDirectoryName(work)}; cp -r {world.Repository} {work}/r; chown -R {Nobody}:{Nobody} {work}").Checked();
        ToolResult denied = As(Nobody, "restore", $"{work}/r", $"{work}/all", "--all-attributes");
        Assert.Equal(6, denied.ExitCode);
        Assert.False(Directory.Exists($"{work}/all"));
        ToolResult done = As(Nobody, "restore", $"{work}/r", $"{work}/all").Checked();
        Assert.Contains("Owners aren't as they were", done.Error, StringComparison.Ordinal);
        // The group that could read it isn't the one that it has now.
        Assert.Equal("600", Mode($"{work}/all/group.img"));
        Assert.Equal("700", Mode($"{work}/all"));
    }

    [Fact]
    public void A_manifest_says_2_only_where_an_older_vdfs_would_restore_something_else()
    {
        Assert.Contains("\"version\":2,", Manifest(), StringComparison.Ordinal);
        Tool.Bash($"cd {world.Images.Mount}; setfacl -bR .; setfattr -x user.purpose closed/b.img").Checked();
        world.BackUp();
        Assert.Contains("\"version\":2,", Manifest(), StringComparison.Ordinal);
        Tool.Bash($"chmod 755 {world.Images.Mount}").Checked();
        world.BackUp();
        Assert.Contains("\"version\":1,", Manifest(), StringComparison.Ordinal);
    }

    private static string Mode(string path) => Tool.Run("stat", "-c", "%a", path).Checked().Output.Trim();

    private static string Describe(string folder) => Tool.Bash($"""
        cd '{folder}'
        find . -path ./.snapshots -prune -o -printf '%p %y %m %U:%G %s %l\n' | sort
        find . -path ./.snapshots -prune -o -print0 | sort -z | xargs -0 getfattr -hd -m -
        """).Checked().Output;

    private static ToolResult As(string user, params string[] arguments) =>
        Tool.Run("setpriv", ["--reuid", user, "--regid", user, "--clear-groups", .. VdfsCommand.CommandLine, .. arguments], TimeSpan.FromSeconds(60));

    private string Manifest() => File.ReadAllText(Directory.GetFiles(Path.Combine(world.Repository, "backups")).Order().Last());
}
