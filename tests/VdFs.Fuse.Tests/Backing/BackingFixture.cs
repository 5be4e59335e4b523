using System.IO;
using System.Text;
using VdFs.Core.Errors;
using VdFs.Core.Storage;
using VdFs.FileSystem.Backing;
using VdFs.FileSystem.Tree;
using VdFs.Fuse.Backing;
using FileAttributes = VdFs.Core.Storage.FileAttributes;

namespace VdFs.Fuse.Tests.Backing;

/// <summary>A backing directory on a temporary folder, and short words for what tests do with it. Derived by test classes.</summary>
public abstract class BackingFixture : IDisposable
{
    protected static readonly Caller Root = new(0, 0, 0);

    protected BackingFixture(string? above = null)
    {
        Folder = new TemporaryFolder(above);
        Ok(LinuxBackingDirectory.Open(Folder.Path, out LinuxBackingDirectory? directory));
        Backing = directory!;
    }

    protected TemporaryFolder Folder { get; }

    protected LinuxBackingDirectory Backing { get; }

    public void Dispose()
    {
        Close();
        Backing.Dispose();
        Folder.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Closes what a test class keeps open, before its backing directory goes.</summary>
    protected virtual void Close()
    {
    }

    protected static void Ok(FsError error) => Assert.Equal(FsError.None, error);

    protected static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    /// <summary>A reference to a path below the root, looked up component by component as the tree does.</summary>
    protected BackingRef Find(string path)
    {
        BackingRef node = Backing.Root;
        foreach (string name in path.Split('/'))
        {
            Ok(Backing.Lookup(node, Bytes(name), out BackingRef next, out _));
            Backing.Close(node);
            node = next;
        }
        return node;
    }

    protected FsError TryFind(string name)
    {
        FsError error = Backing.Lookup(Backing.Root, Bytes(name), out BackingRef node, out _);
        Backing.Close(node);
        return error;
    }

    protected FileAttributes AttributesOf(string path)
    {
        BackingRef node = Find(path);
        Ok(Backing.GetAttributes(node, out FileAttributes attributes));
        Backing.Close(node);
        return attributes;
    }

    protected string Write(string name, string content = "content")
    {
        File.WriteAllText(Folder[name], content);
        return Folder[name];
    }

    protected IBackingFile OpenFile(string path, OpenIntent intent = OpenIntent.Read)
    {
        BackingRef node = Find(path);
        Ok(Backing.Open(node, intent, out IBackingFile? file));
        Backing.Close(node);
        return file!;
    }

    protected static string ReadAll(IFile file)
    {
        Ok(file.GetLength(out long length));
        byte[] content = new byte[length];
        Ok(file.Read(0, content, out int read));
        return Encoding.UTF8.GetString(content, 0, read);
    }
}
