using System.IO;
using VdFs.Mounted.Tests.Death;

namespace VdFs.Mounted.Tests.BadInput;

/// <summary>
/// A second VdFs on directories that one has already, by whatever path: what one of them wrote would be missing in the records of the other. It is refused, told who has them and
/// what to do, and the first one goes on as if nothing had been.
/// </summary>
public sealed class TwoDaemonsTests
{
    private const int InUse = 4;

    [Fact]
    public void A_second_daemon_on_the_same_directories_is_refused_by_any_path_and_the_first_goes_on()
    {
        using var others = new TemporaryFolder();
        string preserve = Path.Combine(others.Path, "preserve"), point = others.Folder("point"), bound = others.Folder("bound"), stranger = others.Folder("stranger");
        using var images = new MountedImages("--preserve", preserve);
        Tool.Run("mkdir", $"{images.Mount}/sub").Checked();
        FioLoad.Make(images, "disk.img", 32 << 20);
        images.Cut("s");
        string link = Path.Combine(others.Path, "link");
        Tool.Run("ln", "-s", images.Backing, link).Checked();
        Tool.Run("mount", "--bind", images.Backing, bound).Checked();
        try
        {
            using var load = new FioLoad(images, "disk.img", TestSeed.Get(), "--size=32M", "--time_based", "--runtime=120");
            string own = Path.Combine(others.Path, "own");
            foreach (string[] second in new[]
            {
                [images.Backing, point, "--state", images.State],
                [images.Backing, point, "--state", own],
                [$"{images.Backing}/../{Path.GetFileName(images.Backing)}//.", point, "--state", own],
                [link, point, "--state", own],
                [bound, point, "--state", own],
                [bound, bound, "--state", own],
                [bound, point, "--state", images.State],
                [bound, point],
                [$"{images.Backing}/sub", point, "--state", own],
                [Path.GetDirectoryName(images.Backing)!, point, "--state", own],
                [stranger, point, "--state", images.State],
                [stranger, point, "--state", $"{Path.GetDirectoryName(images.State)}/./state"],
                [stranger, point, "--state", own, "--preserve", preserve],
                new[] { others.Path, images.Mount },
            })
            {
                ToolResult refused = VdfsCommand.Run(["mount", .. second]);
                Assert.Equal(InUse, refused.ExitCode);
                Assert.Contains(images.Mount, refused.Error, StringComparison.Ordinal);
                Assert.Contains("unmount", refused.Error, StringComparison.Ordinal);
                Assert.Single(refused.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
                Assert.Empty(MountEntry.Below(point));
            }
            load.Stop(TimeSpan.FromSeconds(60));
            load.CheckRecord("s");
        }
        finally
        {
            Tool.Run("umount", bound);
        }
        Tool.Bash($"cmp -n {32 << 20} {images.Snapshot("s")}/disk.img /dev/zero").Checked();
        // Once it has ended, another one may have them; and a killed daemon's locks are gone with it.
        images.Unmount();
        VdfsCommand.Run("mount", link, point, "--state", images.State, "--preserve", preserve).Checked();
        VdfsCommand.Run("unmount", point).Checked();
        images.MountAgain();
        Tool.Bash($"cmp -n {32 << 20} {images.Snapshot("s")}/disk.img /dev/zero").Checked();
    }

    /// <summary>Where mounts are shared, the mount appears at the bound place as well; where they are private, what is bound stays bare.</summary>
    [Fact]
    [Trait("Propagation", "both")]
    public void A_mount_over_the_directory_itself_is_not_got_around_by_a_bind_mount_from_before()
    {
        using var folder = new TemporaryFolder();
        string backing = folder.Folder("images"), bound = folder.Folder("bound"), point = folder.Folder("point");
        Tool.Run("mount", "--bind", backing, bound).Checked();
        try
        {
            VdfsCommand.Run("mount", backing, backing).Checked();
            try
            {
                foreach (string[] second in new[] { [bound, point], [bound, bound], new[] { bound, point, "--state", Path.Combine(folder.Path, "own") } })
                {
                    ToolResult refused = VdfsCommand.Run(["mount", .. second]);
                    Assert.Equal(InUse, refused.ExitCode);
                    Assert.Contains($"unmount {backing}", refused.Error, StringComparison.Ordinal);
                }
                // One mount, wherever it is seen.
                Assert.Single(VdfsCommand.Run("status").Checked().Lines, l => l.StartsWith("mount point", StringComparison.Ordinal) && l.Contains(folder.Path, StringComparison.Ordinal));
            }
            finally
            {
                VdfsCommand.Run("unmount", backing).Checked();
            }
            Assert.DoesNotContain(MountEntry.Below(folder.Path), m => m.Type.StartsWith("fuse", StringComparison.Ordinal));
        }
        finally
        {
            Tool.Run("umount", bound);
        }
    }

    [Fact]
    public void Of_two_that_begin_at_once_one_serves_and_one_is_refused()
    {
        using var folder = new TemporaryFolder();
        string backing = folder.Folder("images"), bound = folder.Folder("bound");
        string[] points = [folder.Folder("a"), folder.Folder("b")];
        Tool.Run("mount", "--bind", backing, bound).Checked();
        try
        {
            var tries = new ToolResult[2];
            Parallel.For(0, 2, i => tries[i] = VdfsCommand.Run("mount", i == 0 ? backing : bound, points[i], "--state", Path.Combine(folder.Path, $"state{i}")));
            int served = Array.FindIndex(tries, t => t.ExitCode == 0);
            Assert.True(served >= 0, $"{tries[0]}\n{tries[1]}");
            VdfsCommand.Run("unmount", points[served]).Checked();
            Assert.Equal(InUse, tries[1 - served].ExitCode);
            Assert.Contains("in use by", tries[1 - served].Error, StringComparison.Ordinal);
        }
        finally
        {
            Tool.Run("umount", bound);
        }
    }
}
