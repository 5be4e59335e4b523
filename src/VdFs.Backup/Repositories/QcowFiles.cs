using VdFs.Backup.Copying;
using VdFs.Backup.Paths;
using VdFs.Core.Errors;
using VdFs.Core.Qcow2;

namespace VdFs.Backup.Repositories;

/// <summary>Writes and verifies qcow2 files of a repository.</summary>
internal static class QcowFiles
{
    /// <param name="Image">State id and number.</param>
    /// <param name="VirtualSize">Bytes that the file shows.</param>
    internal readonly record struct Facts(string Image, long VirtualSize, BackingFile? Backing);

    /// <summary>Writes a new file and, when it is whole, its record.</summary>
    /// <param name="failed">What to throw if the source can't be read.</param>
    /// <param name="stored">Bytes that both take in the repository, tables too.</param>
    public static FileRecord Write(
        Repository repository, RelativePath file, Qcow2StreamWriter content, IClusterSource source, Facts facts, Func<FsError, Exception> failed, CancellationToken cancellation, out long stored)
    {
        using var writer = repository.Store.Create(file);
        var form = Stream(writer, content, source, facts.Backing, failed, cancellation);
        writer.Commit();
        var record = new FileRecord(FileRecord.FormatName, FileRecord.CurrentVersion, Repository.NewId(), facts.Image, facts.VirtualSize, [form]);
        stored = content.Written!.AllocatedBytes + ((repository.WriteRecord(file, record) + 4095) & ~4095L);
        return record;
    }

    /// <summary>Writes a file's bytes, without making it appear.</summary>
    public static FileForm Stream(IStoreWriter writer, Qcow2StreamWriter content, IClusterSource source, BackingFile? backing, Func<FsError, Exception> failed, CancellationToken cancellation)
    {
        using var sink = new HashingSink(writer, cancellation);
        FsError error = content.Write(source, sink);
        if (error != FsError.None)
            throw failed(error);
        var written = content.Written!;
        return new(writer.Length, sink.Sum(), written.DataClusters << written.ClusterBits, backing);
    }

    /// <summary>Opens a file as a restore would, and looks at all of its structure. Sums are the caller's to check.</summary>
    /// <exception cref="DamagedException">It isn't what it has to be.</exception>
    public static void Verify(Repository repository, RelativePath file, FileRecord record)
    {
        string place = $"{repository.Place}/{file}";
        try
        {
            using var data = repository.Store.Open(file);
            var opened = Qcow2File.Open(data, data.Length, place);
            opened.Verify();
            if (opened.VirtualSize != record.VirtualSize)
                throw new DamagedException($"{place} shows {opened.VirtualSize} bytes, and its record says {record.VirtualSize}.");
        }
        catch (Qcow2Exception e)
        {
            throw new DamagedException($"{place}: {e.Message}.", e);
        }
    }
}
