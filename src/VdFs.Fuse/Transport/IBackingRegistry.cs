namespace VdFs.Fuse.Transport;

/// <summary>The files that a connection's kernel side may read by itself (Documentation/filesystems/fuse/fuse-passthrough.rst). Safe from any thread.</summary>
internal interface IBackingRegistry
{
    /// <param name="file">An open descriptor, which isn't needed any more afterwards.</param>
    /// <param name="backingId">Above 0; the connection's, until it is closed or the mount ends.</param>
    /// <returns>0, or an errno: EPERM without CAP_SYS_ADMIN or where INIT didn't settle it, ELOOP for a filesystem that lies on another one.</returns>
    int Open(int file, out int backingId);

    void Close(int backingId);
}
