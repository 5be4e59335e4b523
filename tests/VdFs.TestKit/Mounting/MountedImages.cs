using System.IO;
using VdFs.TestKit.Processes;

namespace VdFs.TestKit.Mounting;

/// <summary>
/// A backing directory in a temporary folder, mounted by the built command in a process of its own. Disposing unmounts, ends what
/// doesn't end by itself, and fails if a mount or a process was left.
/// </summary>
/// <remarks>
/// The variable VDFS_TEST_MOUNT names a command that mounts in place of VdFs (called with backing directory and mount point;
/// `mount --bind` for one): it tells what the tests themselves see on another filesystem. Snapshots don't work then.
/// VDFS_TEST_MOUNT_OPTIONS has options for every mount, separated by blanks: all tests with `--transport read`, say.
/// </remarks>
public sealed class MountedImages : IDisposable
{
    private static readonly TimeSpan CommandLimit = TimeSpan.FromSeconds(60);
    private readonly TemporaryFolder folder = new();
    private readonly string? standIn = Environment.GetEnvironmentVariable("VDFS_TEST_MOUNT");
    private readonly string[] options;
    private readonly Stack<IDisposable> owned = new();

    /// <summary>Mounts and unmounts in place of the command; null: the command does.</summary>
    private readonly IMounter? mounter;

    /// <summary>Mounts an empty backing directory.</summary>
    /// <param name="options">More options for `vdfs mount`.</param>
    public MountedImages(params string[] options)
        : this(prepare: null, options)
    {
    }

    /// <param name="prepare">Prepares the backing directory before it's mounted.</param>
    /// <param name="options">More options for `vdfs mount`.</param>
    public MountedImages(Action<MountedImages>? prepare, params string[] options)
        : this(prepare, mounter: null, options)
    {
    }

    /// <param name="prepare">Prepares the backing directory before it's mounted.</param>
    /// <param name="mounter">Mounts and unmounts.</param>
    public MountedImages(Action<MountedImages>? prepare, IMounter mounter)
        : this(prepare, mounter, [])
    {
    }

    private MountedImages(Action<MountedImages>? prepare, IMounter? mounter, string[] options)
    {
        this.options = [.. options, .. (Environment.GetEnvironmentVariable("VDFS_TEST_MOUNT_OPTIONS") ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries)];
        this.mounter = mounter;
        Root = folder.Path;
        Backing = folder.Folder("images");
        Mount = folder.Folder("mount");
        State = Path.Combine(folder.Path, "state");
        Scratch = folder.Folder("scratch");
        try
        {
            prepare?.Invoke(this);
            MountAgain();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The folder that holds all of the others.</summary>
    public string Root { get; }

    public string Backing { get; }

    public string Mount { get; }

    /// <summary>The state directory given to the daemon.</summary>
    public string State { get; }

    /// <summary>A folder for copies, on the same filesystem as the backing directory.</summary>
    public string Scratch { get; }

    public string Snapshots => Path.Combine(Mount, ".snapshots");

    public string Checkpoints => Path.Combine(Snapshots, ".checkpoints");

    public string Snapshot(string name) => Path.Combine(Snapshots, name);

    /// <summary>Mounts (again).</summary>
    public void MountAgain()
    {
        if (mounter is not null)
            mounter.Mount(this);
        else if (standIn is not null)
            Tool.Bash($"{standIn} \"$1\" \"$2\"".Replace("$1", Backing, StringComparison.Ordinal).Replace("$2", Mount, StringComparison.Ordinal)).Checked();
        else
            VdfsCommand.Run(CommandLimit, ["mount", Backing, Mount, "--state", State, .. options]).Checked();
        if (MountEntry.Below(Mount).Count == 0)
            throw new InvalidOperationException($"'vdfs mount' succeeded but nothing is mounted at {Mount}");
    }

    public void Unmount()
    {
        if (mounter is not null)
            mounter.Unmount(this);
        else if (standIn is not null)
            Tool.Run("umount", [Mount]).Checked();
        else
            VdfsCommand.Run(CommandLimit, ["unmount", Mount]).Checked();
    }

    /// <summary>
    /// Lets the test's own process use the mount: past the limit the connection is aborted, so that whatever hangs gets an error
    /// and the test fails. Dispose of it when done.
    /// </summary>
    public IDisposable AbortAfter(TimeSpan limit)
    {
        int device = MountEntry.Below(Mount)[0].Device;
        return new Timer(_ => MountLeaks.Abort(device), null, limit, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Disposes of something after unmounting, last owned first: a disk below the backing directory.</summary>
    public void Own(IDisposable resource) => owned.Push(resource);

    /// <summary>mkdir .snapshots/NAME</summary>
    public void Cut(string name) => Tool.Run("mkdir", Snapshot(name)).Checked();

    /// <summary>rmdir .snapshots/NAME</summary>
    public void Release(string name) => Tool.Run("rmdir", Snapshot(name)).Checked();

    /// <summary>rmdir .snapshots/.checkpoints/NAME</summary>
    public void Forget(string name) => Tool.Run("rmdir", Path.Combine(Checkpoints, name)).Checked();

    public void Dispose()
    {
        List<string> leaks = [];
        if (MountEntry.Below(Mount).Count > 0)
        {
            try
            {
                Unmount();
            }
            catch (ToolFailedException e)
            {
                leaks.Add($"unmounting failed: {e.Message}");
            }
        }
        while (owned.TryPop(out IDisposable? resource))
            resource.Dispose();
        leaks.AddRange(MountLeaks.End(folder.Path));
        folder.Dispose();
        if (leaks.Count > 0)
            throw new InvalidOperationException(string.Join('\n', leaks));
    }
}
