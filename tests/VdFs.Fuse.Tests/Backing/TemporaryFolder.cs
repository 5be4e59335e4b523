using System.IO;

namespace VdFs.Fuse.Tests.Backing;

/// <summary>A fresh folder that goes with its owner. World-searchable, so that callers other than root can reach what is in it.</summary>
public sealed class TemporaryFolder : IDisposable
{
    public TemporaryFolder(string? above = null)
    {
        Path = Directory.CreateDirectory(System.IO.Path.Combine(above ?? System.IO.Path.GetTempPath(), $"vdfs-test-{Guid.NewGuid():n}")).FullName;
        File.SetUnixFileMode(Path, (UnixFileMode)0b111_101_101);
    }

    public string Path { get; }

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
