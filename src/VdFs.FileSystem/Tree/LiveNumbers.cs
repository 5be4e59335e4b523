using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Inodes;
using VdFs.Core.Storage;
using VdFs.FileSystem.Backing;

namespace VdFs.FileSystem.Tree;

/// <summary>Inode numbers that files of the live tree show: their own, if they have 31 bits and are of the root's device, else others (<see cref="LiveInodes"/>). Usually two comparisons.</summary>
internal sealed class LiveNumbers(LiveInodes inodes, IBackingDirectory backing, FileKey root)
{
    /// <summary>The root's.</summary>
    public ulong Root => Of(root, backing.Root);

    /// <param name="key">The file.</param>
    /// <param name="near">A reference to it, or to the folder that it is in: to something on its filesystem.</param>
    public ulong Of(FileKey key, BackingRef near) =>
        key.Device == root.Device && LiveInodes.IsShown(key.Inode) ? key.Inode : Given(key, near);

    private ulong Given(FileKey key, BackingRef near) => inodes.Of(key, () => FileSystemOf(key, near));

    /// <summary>Where it can't be told, the device's number, which is another after the next mount.</summary>
    private ulong FileSystemOf(FileKey key, BackingRef near) =>
        backing.Identify(near, out ImageIdentity? identity) == FsError.None ? identity!.FileSystemId : key.Device;
}
