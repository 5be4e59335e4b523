using VdFs.TestKit.Processes;

namespace VdFs.TestKit.Mounting;

/// <summary>A loop device on an image; optionally mounted. Disposing unmounts and detaches it, whatever happened.</summary>
public sealed class LoopDevice : IDisposable
{
    private string? mountPoint;
    private bool detached;

    /// <summary>Attaches the image.</summary>
    public LoopDevice(string image, bool readOnly = false, bool directIo = false)
    {
        List<string> arguments = ["--find", "--show"];
        if (readOnly)
            arguments.Add("--read-only");
        if (directIo)
            arguments.Add("--direct-io=on");
        arguments.Add(image);
        Device = Tool.Run("losetup", arguments, TimeSpan.FromSeconds(30)).Checked().Lines[0];
    }

    /// <summary>/dev/loopN</summary>
    public string Device { get; }

    /// <summary>Mounts the device on an existing folder.</summary>
    public void Mount(string folder, string type, string options = "defaults")
    {
        Tool.Run("mount", ["-t", type, "-o", options, Device, folder], TimeSpan.FromSeconds(60)).Checked();
        mountPoint = folder;
    }

    public void Unmount()
    {
        if (mountPoint is null)
            return;
        Tool.Run("umount", [mountPoint], TimeSpan.FromSeconds(60)).Checked();
        mountPoint = null;
    }

    public void Detach()
    {
        if (detached)
            return;
        Tool.Run("losetup", ["--detach", Device], TimeSpan.FromSeconds(30)).Checked();
        detached = true;
    }

    public void Dispose()
    {
        if (mountPoint is not null)
            Tool.Run("umount", ["--lazy", mountPoint], TimeSpan.FromSeconds(30));
        if (!detached)
            Tool.Run("losetup", ["--detach", Device], TimeSpan.FromSeconds(30));
    }
}
