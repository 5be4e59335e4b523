using VdFs.Core.Storage;

namespace VdFs.FileSystem.Backing;

/// <summary>
/// Has the kernel read open files of the backing directory by itself, where kernel, rights and filesystem allow it; nothing that doesn't is an error. Safe from any thread.
/// </summary>
public interface IPassthrough
{
    /// <summary>Registers a file. Its id belongs to the mount, not to this process, and is to be closed.</summary>
    /// <returns>Above 0; 0: the kernel doesn't take it.</returns>
    int Open(IBackingFile file);

    /// <summary>Takes an id back, of whichever worker. Files that are open by it stay so.</summary>
    void Close(int backingId);

    /// <summary>Whether the file can be opened with O_DIRECT: what the kernel opens by itself it opens as its client did.</summary>
    bool TakesDirect(IBackingFile file);
}
