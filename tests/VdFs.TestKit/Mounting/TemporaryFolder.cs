using System.IO;
using VdFs.TestKit.Processes;

namespace VdFs.TestKit.Mounting;

/// <summary>A new folder below the temporary folder, deleted on disposal, which fails if something is still mounted in it.</summary>
public sealed class TemporaryFolder : IDisposable
{
    public TemporaryFolder()
    {
        Path = Directory.CreateTempSubdirectory("vdfs-mounted-").FullName;
        // Tests act as other users below it.
        Tool.Run("chmod", "755", Path).Checked();
    }

    public string Path { get; }

    /// <summary>A new folder in it.</summary>
    public string Folder(string name) => Directory.CreateDirectory(System.IO.Path.Combine(Path, name)).FullName;

    /// <exception cref="InvalidOperationException">Something is mounted below it: nothing was deleted.</exception>
    public void Dispose()
    {
        IReadOnlyList<MountEntry> left = MountEntry.Below(Path);
        if (left.Count > 0)
            throw new InvalidOperationException($"Leaked mounts, so {Path} stays: {string.Join(", ", left.Select(m => m.Target))}");
        Tool.Run("rm", ["-rf", "--one-file-system", Path], TimeSpan.FromSeconds(60)).Checked();
    }
}
