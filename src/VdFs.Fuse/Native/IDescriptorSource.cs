using VdFs.Core.Errors;

namespace VdFs.Fuse.Native;

/// <summary>How a descriptor that was closed while it was idle is opened again: the same file, in the same way.</summary>
internal interface IDescriptorSource
{
    /// <param name="descriptor">The caller's.</param>
    FsError Open(out int descriptor);
}
