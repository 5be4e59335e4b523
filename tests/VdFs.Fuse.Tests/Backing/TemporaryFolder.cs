using System.Diagnostics;
using System.IO;

namespace VdFs.Fuse.Tests.Backing;

/// <summary>A fresh folder that goes with its owner. World-searchable, so that callers other than root can reach what is in it.</summary>
public sealed class TemporaryFolder : IDisposable
{
    public TemporaryFolder(string? above = null)
    {
        Path = Directory.CreateDirectory(System.IO.Path.Combine(above ?? System.IO.Path.GetTempPath(), $"vdfs-backing-{Guid.NewGuid():n}")).FullName;
        File.SetUnixFileMode(Path, (UnixFileMode)0b111_101_101);
    }

    public string Path { get; }

    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <summary>By rm(1): the framework's deletion fails where paths grow longer than a system call takes.</summary>
    public void Dispose()
    {
        using Process remove = Process.Start("rm", ["-rf", "--one-file-system", Path]);
        remove.WaitForExit();
        Assert.False(Directory.Exists(Path), $"{Path} is still there");
    }
}
