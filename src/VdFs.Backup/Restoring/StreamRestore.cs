using System.IO;
using VdFs.Backup.Repositories;
using VdFs.Core.Errors;
using VdFs.Core.Qcow2;

namespace VdFs.Backup.Restoring;

/// <summary>Restores one image in another form than a file of its own: to a stream, or as a qcow2 file. Each file of the chain is compared with its sum first.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class StreamRestore(Repository repository, IProgressObserver observer)
{
    private const int PieceSize = 1 << 20;
    private const int ClusterBits = 16;

    /// <summary>All bytes of the image in order.</summary>
    /// <exception cref="BackupException">It can't be read, or the stream takes no more.</exception>
    public void ToStream(BackupImage image, Stream target, CancellationToken cancellation)
    {
        using var reader = Open(image, cancellation);
        byte[] buffer = new byte[PieceSize];
        try
        {
            for (long position = 0; position < image.Size;)
            {
                cancellation.ThrowIfCancellationRequested();
                int length = (int)Math.Min(buffer.Length, image.Size - position);
                Array.Clear(buffer);
                FsError error = reader.Read(position, buffer.AsSpan(0, length), out int read);
                if (error != FsError.None)
                    throw new BackupException(error, $"{image.Path} can't be read from the backup at {position}.");
                if (read == 0)
                    read = length;
                target.Write(buffer, 0, read);
                observer.Advanced(image.Path, read);
                position += read;
            }
            target.Flush();
        }
        catch (IOException e)
        {
            throw new BackupException(FsError.Io, $"{image.Path} couldn't be written to the end: {e.Message}", e);
        }
        observer.Finished(image.Path, "restored");
    }

    /// <summary>A qcow2 file of its own, with the image's bytes as its content; its size is rounded up to 512 bytes, as qcow2 needs it.</summary>
    /// <param name="path">Of the new file; under a temporary name until it is whole.</param>
    /// <param name="replace">One that is there is replaced.</param>
    /// <exception cref="BackupException">It is there, or can't be written.</exception>
    public void ToQcow2(BackupImage image, string path, bool replace, CancellationToken cancellation)
    {
        if (Path.Exists(path) && !replace)
            throw new BackupException(FsError.AlreadyExists, $"{path} is there already; add --force to replace it.");
        using var reader = Open(image, cancellation);
        string temporary = $"{path}.{Guid.NewGuid():N}.vdfs-restore";
        try
        {
            using (var file = new FileStream(temporary, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite }))
            {
                var content = new Qcow2StreamWriter((image.Size + 511) / 512 * 512, ClusterBits, [.. Runs(reader, image.Size)], backingName: null);
                FsError error = content.Write(reader, new Sink(file, bytes => observer.Advanced(image.Path, bytes), cancellation));
                if (error != FsError.None)
                    throw new BackupException(error, $"{image.Path} can't be read from the backup.");
                file.Flush(flushToDisk: true);
            }
            File.Move(temporary, path, overwrite: replace);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BackupException(e is UnauthorizedAccessException ? FsError.AccessDenied : FsError.Io, $"{path} can't be written: {e.Message}", e);
        }
        finally
        {
            File.Delete(temporary);
        }
        observer.Finished(image.Path, "restored");
    }

    private ImageReader Open(BackupImage image, CancellationToken cancellation)
    {
        observer.Planned(1, image.Size);
        observer.Started(image.Path, image.Size);
        var chain = repository.OpenChain(image);
        try
        {
            chain.Check(null, null, cancellation);
        }
        catch
        {
            chain.Dispose();
            throw;
        }
        return ImageReader.Open(chain);
    }

    /// <summary>Clusters that may hold data, ascending, none twice.</summary>
    private static IEnumerable<ClusterRun> Runs(ImageReader reader, long size)
    {
        long next = 0;
        foreach (var (start, end) in reader.Data(size))
        {
            long first = Math.Max(next, start >> ClusterBits), last = (end + (1L << ClusterBits) - 1) >> ClusterBits;
            if (last <= first)
                continue;
            yield return new ClusterRun(first, last - first, ClusterKind.Data);
            next = last;
        }
    }

    private sealed class Sink(FileStream file, Action<long> advanced, CancellationToken cancellation) : ISequentialSink
    {
        private long position;

        public void Write(ReadOnlySpan<byte> data)
        {
            cancellation.ThrowIfCancellationRequested();
            RandomAccess.Write(file.SafeFileHandle, data, position);
            position += data.Length;
            advanced(data.Length);
        }

        public void WriteZeros(long length)
        {
            position += length;
            RandomAccess.SetLength(file.SafeFileHandle, position);
        }
    }
}
