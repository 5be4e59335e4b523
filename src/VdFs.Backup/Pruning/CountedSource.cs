using VdFs.Core.Errors;
using VdFs.Core.Qcow2;

namespace VdFs.Backup.Pruning;

/// <summary>A content whose reading is counted, and ended by a cancellation.</summary>
internal sealed class CountedSource(IClusterSource source, Action<long> advanced, CancellationToken cancellation) : IClusterSource
{
    public FsError Read(long offset, Span<byte> buffer, out int read)
    {
        cancellation.ThrowIfCancellationRequested();
        FsError error = source.Read(offset, buffer, out read);
        advanced(read);
        return error;
    }
}
