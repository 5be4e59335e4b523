using VdFs.Core.Errors;

namespace VdFs.Core.Qcow2;

/// <summary>A qcow2 file can't be made, read or believed; the message says why, in words for people.</summary>
public sealed class Qcow2Exception(FsError error, string message) : Exception(message)
{
    /// <summary>
    /// <see cref="FsError.FileTooLarge"/> beyond the format's or QEMU's limits; <see cref="FsError.NameTooLong"/>, <see cref="FsError.InvalidArgument"/> for a
    /// backing name; <see cref="FsError.Io"/> for a damaged file; <see cref="FsError.NotSupported"/> for one with features that VdFs doesn't read; else what reading it gave.
    /// </summary>
    public FsError Error { get; } = error;
}
