using VdFs.Backup.Paths;
using VdFs.Core.Errors;
using VdFs.Core.Qcow2;

namespace VdFs.Backup.Copying;

/// <summary>An image of the snapshot as it is copied: counted, held to the rate, ended by a cancellation.</summary>
internal sealed class LimitedSource(IClusterSource source, RelativePath image, RateLimit limit, IBackupObserver observer, CancellationToken cancellation) : IClusterSource
{
    public FsError Read(long offset, Span<byte> buffer, out int read)
    {
        cancellation.ThrowIfCancellationRequested();
        FsError error = source.Read(offset, buffer, out read);
        limit.Take(read, cancellation);
        observer.Advanced(image, read);
        return error;
    }
}
