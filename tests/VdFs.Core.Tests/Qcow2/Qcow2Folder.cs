using System.Diagnostics;
using System.IO;
using VdFs.Core.Errors;
using VdFs.Core.Qcow2;
using VdFs.TestKit.Mounting;
using VdFs.TestKit.Processes;

namespace VdFs.Core.Tests.Qcow2;

/// <summary>A folder of files made from layouts, for QEMU's tools to judge.</summary>
public sealed class Qcow2Folder : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public string this[string name] => Path.Combine(folder.Path, name);

    public void Dispose() => folder.Dispose();

    /// <summary>Writes all that <see cref="Qcow2Layout.Seek"/> calls data, as a copying tool that detects holes does.</summary>
    internal void Write(string name, Qcow2Layout layout, IClusterSource source)
    {
        using var file = File.OpenHandle(this[name], FileMode.Create, FileAccess.ReadWrite);
        RandomAccess.SetLength(file, layout.Length);
        byte[] buffer = new byte[1 << 20];
        long at = 0;
        while (layout.Seek(at, hole: false, out long data) == FsError.None)
        {
            Assert.Equal(FsError.None, layout.Seek(data, hole: true, out long end));
            Assert.True(end > data);
            for (at = data; at < end;)
            {
                int want = (int)Math.Min(buffer.Length, end - at);
                Assert.Equal(FsError.None, layout.Read(at, buffer.AsSpan(0, want), source, out int read));
                Assert.Equal(want, read);
                RandomAccess.Write(file, buffer.AsSpan(0, read), at);
                at += read;
            }
        }
    }

    /// <summary>Runs qemu-img in the folder.</summary>
    internal ToolResult Img(params string[] arguments) => Tool.Run("qemu-img", arguments, TimeSpan.FromSeconds(60), folder.Path);

    internal string Check(string name)
    {
        string output = Img("check", name).Checked().Output;
        Assert.Contains("No errors were found", output, StringComparison.Ordinal);
        return output;
    }

    /// <summary>What QEMU reads from the file and its backing files, whole.</summary>
    internal byte[] Content(string name)
    {
        Img("convert", "-O", "raw", name, "converted.raw").Checked();
        byte[] content = File.ReadAllBytes(this["converted.raw"]);
        File.Delete(this["converted.raw"]);
        return content;
    }
}
