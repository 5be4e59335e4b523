using System.IO;
using System.Text;
using VdFs.Core.Errors;
using VdFs.FileSystem.Backing;
using FileAttributes = VdFs.Core.Storage.FileAttributes;

namespace VdFs.Fuse.Tests.Backing;

public sealed class FolderTests : BackingFixture
{
    private const int Count = 300;

    /// <summary>Long enough that the folder's entries don't fit into one system call's buffer.</summary>
    private static readonly string Padding = new('x', 120);

    public FolderTests()
    {
        Directory.CreateDirectory(Folder["many"]);
        for (int i = 0; i < Count; i++)
            Write($"many/{Name(i)}");
    }

    /// <summary>All names, read in one go.</summary>
    internal static List<string> List(IBackingFolder folder)
    {
        Visitor visitor = new(int.MaxValue);
        Assert.Equal(FsError.None, folder.Read(0, visitor));
        return visitor.Names;
    }

    [Fact]
    public void All_entries_are_given_with_inode_and_type()
    {
        using IBackingFolder folder = OpenFolder("many");
        Visitor visitor = new(int.MaxValue);
        Ok(folder.Read(0, visitor));
        Assert.Equal(Count + 2, visitor.Names.Count);
        Assert.Equal(Count + 2, visitor.Names.Distinct().Count());
        int at = visitor.Names.IndexOf(Name(123));
        Assert.Equal(AttributesOf($"many/{Name(123)}").Key.Inode, visitor.Inodes[at]);
        Assert.Equal(FileAttributes.TypeRegular, visitor.Modes[at]);
        Assert.Equal(FileAttributes.TypeDirectory, visitor.Modes[visitor.Names.IndexOf(".")]);
        Assert.Equal(visitor.Names, List(folder));
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(7, false)]
    [InlineData(7, true)]
    [InlineData(250, true)]
    public void A_listing_goes_on_from_a_cookie_also_in_another_opening(int piece, bool reopen)
    {
        IBackingFolder folder = OpenFolder("many");
        List<string> names = [];
        ulong cookie = 0;
        while (true)
        {
            Visitor visitor = new(piece);
            Ok(folder.Read(cookie, visitor));
            if (visitor.Names.Count == 0)
                break;
            names.AddRange(visitor.Names);
            cookie = visitor.Next;
            if (reopen)
            {
                folder.Dispose();
                folder = OpenFolder("many");
            }
        }
        folder.Dispose();
        Assert.Equal(Count + 2, names.Count);
        Assert.Equal(Count + 2, names.Distinct().Count());
    }

    [Fact]
    public void Jumping_back_to_an_earlier_cookie_gives_the_same_again()
    {
        using IBackingFolder folder = OpenFolder("many");
        Visitor first = new(100);
        Ok(folder.Read(0, first));
        Visitor second = new(50);
        Ok(folder.Read(first.Next, second));
        Visitor again = new(50);
        Ok(folder.Read(first.Next, again));
        Assert.Equal(second.Names, again.Names);
    }

    [Fact]
    public void From_the_beginning_a_listing_is_fresh()
    {
        using IBackingFolder folder = OpenFolder("many");
        Ok(folder.Read(0, new Visitor(3)));
        Write("many/new");
        File.Delete(Folder[$"many/{Name(0)}"]);
        List<string> names = List(folder);
        Assert.Contains("new", names);
        Assert.DoesNotContain(Name(0), names);
    }

    [Fact]
    public void A_folder_can_be_synced_and_answers_after_disposal()
    {
        IBackingFolder folder = OpenFolder("many");
        Ok(folder.Sync(dataOnly: true));
        Ok(folder.Sync(dataOnly: false));
        folder.Dispose();
        folder.Dispose();
        Assert.Equal(FsError.BadHandle, folder.Read(0, new Visitor(1)));
        Assert.Equal(FsError.BadHandle, folder.Sync(dataOnly: true));
    }

    [Fact]
    public void Only_directories_are_opened_as_folders()
    {
        BackingRef node = Find($"many/{Name(0)}");
        Assert.Equal(FsError.NotDirectory, Backing.OpenDirectory(node, out IBackingFolder? folder));
        Assert.Null(folder);
        Backing.Close(node);
    }

    private static string Name(int number) => $"file-{number:000}-{Padding}";

    private IBackingFolder OpenFolder(string path)
    {
        BackingRef node = Find(path);
        Ok(Backing.OpenDirectory(node, out IBackingFolder? folder));
        Backing.Close(node);
        return folder!;
    }

    private sealed class Visitor(int limit) : IFolderVisitor
    {
        public List<string> Names { get; } = [];

        public List<ulong> Inodes { get; } = [];

        public List<uint> Modes { get; } = [];

        public ulong Next { get; private set; }

        public bool Visit(ReadOnlySpan<byte> name, ulong inode, uint mode, ulong next)
        {
            if (Names.Count == limit)
                return false;
            Names.Add(Encoding.UTF8.GetString(name));
            Inodes.Add(inode);
            Modes.Add(mode);
            Next = next;
            return true;
        }
    }
}
