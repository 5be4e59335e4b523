using System.IO;

namespace VdFs.Mounted.Tests.Backups;

/// <summary>Where repositories and restored images must not lie, by whatever path.</summary>
public sealed class PlaceTests : IDisposable
{
    private const int Refused = 5;
    private readonly RepositoryWorld world = new();
    private readonly string work;
    private readonly List<string> bound = [];

    public PlaceTests()
    {
        work = world.Folder("work");
        Tool.Bash($"cd {world.Images.Mount}; mkdir sub; echo a > a.img; echo b > sub/b.img").Checked();
    }

    public void Dispose()
    {
        foreach (string mount in bound)
            Tool.Run("umount", mount);
        world.Dispose();
    }

    [Fact]
    public void A_repository_among_the_images_is_refused_by_whatever_path()
    {
        string link = Path.Combine(work, "link");
        File.CreateSymbolicLink(link, world.Images.Mount);
        string[] places =
        [
            $"{world.Images.Mount}/repository", $"{world.Images.Mount}/sub/../repository", $"{link}/repository", $"{world.Images.Backing}/repository",
            $"{Bind(world.Images.Backing)}/repository", $"{Bind(Path.Combine(world.Images.Backing, "sub"))}/repository", $"{Bind(Path.Combine(world.Images.Mount, "sub"))}/repository",
        ];
        foreach (string place in places)
        {
            ToolResult result = VdfsCommand.Run("backup", world.Images.Mount, place, "--init");
            Assert.True(result.ExitCode == Refused, $"{place}: {result.ExitCode} {result.Error}");
            Assert.Contains("The repository", result.Error, StringComparison.Ordinal);
        }
        Assert.Equal(["a.img", "sub"], Directory.GetFileSystemEntries(world.Images.Backing).Select(Path.GetFileName).Where(n => n != ".vdfs").Order());
        // One that came there nevertheless isn't written either.
        world.BackUp();
        Tool.Run("cp", "-r", world.Repository, Path.Combine(world.Images.Backing, "copy")).Checked();
        Assert.Equal(Refused, VdfsCommand.Run("prune", Path.Combine(world.Images.Backing, "copy"), "--keep-last", "1").ExitCode);
    }

    [Fact]
    public void A_restore_past_a_live_mount_or_into_the_repository_is_refused_by_whatever_path()
    {
        world.BackUp();
        string link = Path.Combine(work, "link");
        File.CreateSymbolicLink(link, world.Repository);
        foreach (string target in new[]
            { world.Images.Backing, $"{world.Images.Backing}/new", $"{Bind(world.Images.Backing)}/new", Bind(Path.Combine(world.Images.Backing, "sub")), world.Repository, $"{link}/images/x", $"{Bind(world.Repository)}/x" })
        {
            foreach (string[] images in new[] { [], new[] { "a.img" } })
            {
                ToolResult result = VdfsCommand.Run(["restore", world.Repository, .. images, target, "--force"]);
                Assert.True(result.ExitCode == Refused, $"{target}: {result.ExitCode} {result.Error}");
            }
        }
        Assert.Contains($"to {world.Images.Mount}/new.", VdfsCommand.Run("restore", world.Repository, $"{world.Images.Backing}/new").Error, StringComparison.Ordinal);
        File.Delete(Path.Combine(world.Images.Mount, "a.img"));
        VdfsCommand.Run("restore", world.Repository, "a.img", $"{world.Images.Mount}/").Checked();
        // Without the mount, the backing directory is a directory.
        world.Images.Unmount();
        VdfsCommand.Run("restore", world.Repository, world.Images.Backing, "--force").Checked();
        world.Images.MountAgain();
    }

    [Fact]
    public void A_mount_over_its_own_directory_is_known_behind_itself()
    {
        string images = world.Folder("over");
        string before = Bind(images);
        // Where mounts are shared, the mount would appear there as well, and nothing would lie past it.
        Tool.Run("mount", "--make-private", before).Checked();
        VdfsCommand.Run("mount", images, images, "--state", Path.Combine(work, "state")).Checked();
        try
        {
            Assert.Equal(Refused, VdfsCommand.Run("backup", images, $"{before}/repository", "--init").ExitCode);
            world.BackUp();
            Assert.Equal(Refused, VdfsCommand.Run("restore", world.Repository, $"{before}/new").ExitCode);
            VdfsCommand.Run("restore", world.Repository, $"{images}/new").Checked();
        }
        finally
        {
            VdfsCommand.Run("unmount", images).Checked();
        }
    }

    private string Bind(string folder)
    {
        string at = Path.Combine(work, $"bind-{bound.Count}");
        Directory.CreateDirectory(at);
        Tool.Run("mount", "--bind", folder, at).Checked();
        bound.Add(at);
        return at;
    }
}
