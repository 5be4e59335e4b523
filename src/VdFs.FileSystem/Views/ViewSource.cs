using VdFs.Core;
using VdFs.Core.Errors;
using VdFs.Core.Qcow2;

namespace VdFs.FileSystem.Views;

/// <summary>Data of a qcow2: the image as it was at the cut.</summary>
internal readonly struct ViewSource(Worker worker, ViewFile view) : IClusterSource
{
    public FsError Read(long offset, Span<byte> buffer, out int read) =>
        view.Image.ReadView(worker, view.Snapshot.Number, view.Entry.Attributes.Size, view.File, offset, buffer, out read);
}
