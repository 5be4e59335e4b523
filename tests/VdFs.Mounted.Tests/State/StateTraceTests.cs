using System.IO;

namespace VdFs.Mounted.Tests.State;

/// <summary>A mount with another state than before drops all history, and says so.</summary>
public sealed class StateTraceTests
{
    [Fact]
    public void Another_state_than_before_is_told_with_the_way_back()
    {
        using var images = new MountedImages();
        images.Cut("a");
        images.Release("a");
        images.Unmount();
        ToolResult other = VdfsCommand.Run("mount", images.Backing, images.Mount).Checked();
        Assert.Contains($"the state in {images.State} before", other.Error, StringComparison.Ordinal);
        Assert.Contains($"--state {images.State}", other.Error, StringComparison.Ordinal);
        images.Unmount();
        // Back again: what happened meanwhile isn't in it.
        ToolResult back = VdfsCommand.Run("mount", images.Backing, images.Mount, "--state", images.State).Checked();
        Assert.Contains("leave --state out", back.Error, StringComparison.Ordinal);
        images.Unmount();
        ToolResult same = VdfsCommand.Run("mount", images.Backing, images.Mount, "--state", images.State).Checked();
        Assert.Equal("", same.Error);
    }

    [Fact]
    public void A_note_that_somebody_else_left_beside_the_images_leads_nowhere()
    {
        using var images = new MountedImages();
        images.Unmount();
        string victim = Path.Combine(images.Scratch, "victim"), note = Path.Combine(images.Backing, ".vdfs/state-directory");
        File.WriteAllText(victim, "precious");
        File.Delete(note);
        File.CreateSymbolicLink(note, victim);
        images.MountAgain();
        Assert.Equal("precious", File.ReadAllText(victim));
    }
}
