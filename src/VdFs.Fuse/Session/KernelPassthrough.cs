using VdFs.Core.Storage;
using VdFs.FileSystem.Backing;
using VdFs.Fuse.Backing;
using VdFs.Fuse.Native;
using VdFs.Fuse.Transport;

namespace VdFs.Fuse.Session;

/// <summary>Has the kernel read files by itself (Linux 6.9 and newer, root). Where it can't be, the first refusal counts for all that follow, and the daemon reads.</summary>
public sealed class KernelPassthrough : IPassthrough
{
    private volatile IBackingRegistry? registry;
    private volatile int refusal;

    /// <summary>The connection's errno, if it refused for good; 0: it didn't.</summary>
    public int Refusal => refusal;

    /// <summary>Before the session runs: it may have to close what a former worker opened.</summary>
    public void Attach(DeviceTransport transport) => Attach((IBackingRegistry)transport);

    internal void Attach(IBackingRegistry connection) => registry = connection;

    public int Open(IBackingFile file)
    {
        if (refusal != 0 || registry is not { } connection || file is not LinuxFile backing || !backing.TryEnter(out int descriptor))
            return 0;
        int errno = connection.Open(descriptor, out int id);
        backing.Exit();
        if (errno == 0)
            return id;
        // Of the rest (memory, descriptors) there may be more for the next file.
        if (errno is Errno.EPERM or Errno.EOPNOTSUPP or Errno.EINVAL or Errno.ELOOP or FuseErrno.ENOTTY)
            refusal = errno;
        return 0;
    }

    public void Close(int backingId) => registry?.Close(backingId);

    public bool TakesDirect(IBackingFile file) => file is LinuxFile backing && backing.TakesDirect();
}
