using System.Diagnostics;
using System.IO;
using Microsoft.Win32.SafeHandles;
using VdFs.FileSystem.Tree;
using VdFs.Fuse.Mounting;
using VdFs.Fuse.Session;
using VdFs.Fuse.Transport;

namespace VdFs.Fuse.Tests.Session;

/// <summary>A tree mounted by this process, driven by shell commands in other processes; unmounted when disposed of.</summary>
internal sealed class MountedTree : IDisposable
{
    private readonly SafeFileHandle device;
    private readonly List<SafeFileHandle> clones = [];
    private readonly Thread serving;

    public MountedTree(ITree tree, ISessionLog log, bool byRing = true, bool cloned = true)
    {
        MountPoint = Directory.CreateTempSubdirectory("vdfs-test-").FullName;
        device = KernelMount.Mount(new MountOptions { Source = "/nowhere, at all\\x", MountPoint = MountPoint, AllowOther = true });
        if (cloned)
            clones.Add(FuseDevice.Clone(device, out int errno) ?? throw new InvalidOperationException($"clone failed with {errno}"));
        Transport = new DeviceTransport([device, .. clones], byRing);
        Session = new FuseSession(Transport, tree, new SessionOptions { Threads = 4 }, log);
        serving = new Thread(() => End = Session.Run()) { IsBackground = true };
        serving.Start();
    }

    public string MountPoint { get; }

    public ITransport Transport { get; }

    public FuseSession Session { get; }

    public SessionEnd? End { get; private set; }

    /// <summary>Runs a script by bash in the mount's root and answers what it printed, stderr included.</summary>
    public string Run(string script)
    {
        var start = new ProcessStartInfo("timeout", ["20", "bash", "-c", $"cd '{MountPoint}' && {{ {script}\n}} 2>&1"]) { RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output.TrimEnd();
    }

    public void Unmount()
    {
        KernelMount.Unmount(MountPoint, lazily: false);
        if (!serving.Join(TimeSpan.FromSeconds(20)))
            throw new InvalidOperationException("the session didn't end after unmounting");
    }

    public void Dispose()
    {
        if (End is null)
        {
            KernelMount.Unmount(MountPoint, lazily: true);
            serving.Join(TimeSpan.FromSeconds(20));
        }
        foreach (SafeFileHandle clone in clones)
            clone.Dispose();
        device.Dispose();
        Directory.Delete(MountPoint);
    }
}
