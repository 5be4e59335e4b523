namespace VdFs.Core.Storage;

/// <summary>
/// A file of the backing filesystem while it exists: device and inode number. Unique at one instant only; an inode
/// number is used again after a deletion, so what has to last uses <see cref="Images.ImageIdentity"/>.
/// </summary>
public readonly record struct FileKey(ulong Device, ulong Inode);
