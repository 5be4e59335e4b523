using VdFs.Core.Errors;
using VdFs.Core.Qcow2;

namespace VdFs.Core.Tests.Qcow2;

/// <summary>The bytes of a file that is only computed, however large.</summary>
internal sealed class LayoutSource(Qcow2Layout layout, IClusterSource source) : IClusterSource
{
    public FsError Read(long offset, Span<byte> buffer, out int read) => layout.Read(offset, buffer, source, out read);
}
