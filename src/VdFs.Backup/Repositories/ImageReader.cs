using VdFs.Core.Errors;
using VdFs.Core.Qcow2;

namespace VdFs.Backup.Repositories;

/// <summary>An image as a chain of the repository shows it. Safe from any thread.</summary>
internal sealed class ImageReader : IClusterSource, IDisposable
{
    private readonly FileChain files;

    private ImageReader(FileChain files, Qcow2Chain chain)
    {
        this.files = files;
        Chain = chain;
    }

    public Qcow2Chain Chain { get; }

    public FileChain Files => files;

    /// <summary>Opens the chain's qcow2 files, which takes memory for their tables. The chain is the reader's from then on.</summary>
    /// <exception cref="DamagedException">A file isn't what its record says.</exception>
    public static ImageReader Open(FileChain files)
    {
        try
        {
            return new(files, new Qcow2Chain([.. files.Links.Select(l => OpenFile(files, l))]));
        }
        catch (Exception e)
        {
            files.Dispose();
            if (e is Qcow2Exception)
                throw new DamagedException($"The chain of {files.Repository.Place}/{files.Top.File} can't be read: {e.Message}.", e);
            throw;
        }
    }

    public FsError Read(long offset, Span<byte> buffer, out int read) => Chain.Read(offset, buffer, out read);

    /// <summary>Ranges below <paramref name="size"/> in which the chain has data, ascending; all else reads as zeros.</summary>
    public IEnumerable<(long Start, long End)> Data(long size)
    {
        long limit = Math.Min(size, Chain.VirtualSize);
        for (long position = 0; position < limit;)
        {
            var kind = Chain.KindAt(position, out long end);
            end = Math.Min(end, limit);
            if (kind == ClusterKind.Data)
                yield return (position, end);
            position = end;
        }
    }

    public void Dispose() => files.Dispose();

    private static Qcow2File OpenFile(FileChain files, ChainLink link)
    {
        string place = $"{files.Repository.Place}/{link.File}";
        var file = Qcow2File.Open(link.Data, link.Data.Length, place);
        byte[]? name = link.Form.Backing is { } backing ? RepositoryPaths.BackingName(link.File, backing.File) : null;
        if (file.VirtualSize != link.Record.VirtualSize || (name is null) != (file.BackingName is null) || !name.AsSpan().SequenceEqual(file.BackingName))
            throw new DamagedException($"{place} isn't the file that was written there: it has another size or another backing file.");
        return file;
    }
}
