using System.IO;
using System.Text.Json;

namespace VdFs.Mounted.Tests.Unmounting;

/// <summary>Who keeps a mount from ending is named by every command that meets it, at once, and there is a way out that tells who gets errors.</summary>
public sealed class NamespaceTests
{
    private const int Exists = 4, Refused = 5;

    [Fact]
    public void A_mount_that_a_namespace_keeps_is_told_by_all_commands_and_ended_by_force()
    {
        using var stage = new MountStage("private");
        stage.Vdfs(0, "mount", stage.Images, stage.Mount);
        using var holder = Holder.OfNamespace("private");
        string who = $"(process {holder.Process})";
        Assert.Contains(who, stage.Say(Refused, "unmount", stage.Mount), StringComparison.Ordinal);
        Assert.Single(MountEntry.Below(stage.Mount));

        stage.Vdfs(0, "unmount", "--lazy", stage.Mount);
        Assert.Contains(who, stage.Say(0, "status"), StringComparison.Ordinal);
        Assert.Contains(JsonDocument.Parse(stage.Say(0, "status", "--json")).RootElement.EnumerateArray(),
            one => one.GetProperty("mountPoint").GetString() == stage.Mount && one.GetProperty("problem").GetString()!.Contains(who, StringComparison.Ordinal));
        Assert.Contains(who, stage.Say(Refused, "status", stage.Mount), StringComparison.Ordinal);
        Assert.Contains(who, stage.Say(Exists, "mount", stage.Images, stage.Mount), StringComparison.Ordinal);
        Assert.Contains(who, stage.Say(Refused, "unmount", stage.Mount), StringComparison.Ordinal);

        // Nobody can be asked.
        Assert.Contains("--yes", stage.Say(Refused, "unmount", "--force", stage.Mount), StringComparison.Ordinal);
        Assert.Contains(who, stage.Say(0, "unmount", "--force", "--yes", stage.Mount), StringComparison.Ordinal);
        Assert.DoesNotContain(stage.Mount, stage.Say(0, "status"), StringComparison.Ordinal);
        stage.Vdfs(0, "mount", stage.Images, stage.Mount);
        Assert.Equal("content", Tool.Run("cat", stage.Disk).Checked().Output.Trim());
        stage.Vdfs(0, "unmount", stage.Mount);
    }

    [Fact]
    public void An_unmount_reaches_namespaces_that_follow_a_shared_mount()
    {
        using var stage = new MountStage("shared");
        using var before = Holder.OfNamespace("slave");
        stage.Vdfs(0, "mount", stage.Images, stage.Mount);
        using var after = Holder.OfNamespace("slave");
        Assert.True(before.Sees(stage.Mount) && after.Sees(stage.Mount));
        stage.Vdfs(0, "unmount", stage.Mount);
        Assert.False(before.Sees(stage.Mount) || after.Sees(stage.Mount));
    }

    [Fact]
    public void Who_has_files_open_is_named_and_gets_errors_by_force_and_nothing_acknowledged_is_lost()
    {
        using var stage = new MountStage("private");
        stage.Vdfs(0, "mount", stage.Images, stage.Mount);
        Tool.Bash($"printf acknowledged > {stage.Disk}").Checked();
        using var holder = Holder.OfFile(stage.Disk);
        string who = $"(process {holder.Process})";
        Assert.Contains(who, stage.Say(Refused, "unmount", stage.Mount), StringComparison.Ordinal);
        string told = stage.Say(Refused, "unmount", "--force", stage.Mount);
        Assert.Contains($"{who}: {stage.Disk}", told, StringComparison.Ordinal);
        Assert.Equal("acknowledged", Tool.Run("cat", stage.Disk).Checked().Output.Trim());
        stage.Vdfs(0, "unmount", "--force", "--yes", stage.Mount);
        Assert.NotEqual(0, Tool.Run("cat", $"/proc/{holder.Process}/fd/3").ExitCode);
        Assert.Equal("acknowledged", File.ReadAllText(Path.Combine(stage.Images, "disk.img")));
        // It ended well: a checkpoint of it would still be good.
        stage.Vdfs(0, "check", stage.Images);
    }

    [Fact]
    public void A_bind_mount_of_it_is_named_served_and_unmounted_by_itself()
    {
        using var stage = new MountStage("private");
        stage.Vdfs(0, "mount", stage.Images, stage.Mount);
        string other = Directory.CreateDirectory(Path.Combine(stage.Scratch, "other")).FullName;
        Tool.Run("mount", "--bind", stage.Mount, other).Checked();
        Assert.Contains(other, stage.Say(Refused, "unmount", stage.Mount), StringComparison.Ordinal);
        stage.Vdfs(0, "status", other);
        stage.Vdfs(0, "unmount", other);
        stage.Vdfs(0, "status", stage.Mount);
        stage.Vdfs(0, "unmount", stage.Mount);
    }
}
