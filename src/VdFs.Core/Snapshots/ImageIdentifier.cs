using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Storage;

namespace VdFs.Core.Snapshots;

/// <summary>Finds out which image a regular file of a scan is. The backing filesystem is asked only about files that are not known yet.</summary>
internal sealed class ImageIdentifier(IBackingTree backing, ImageRegistry registry)
{
    public FsError Identify(byte[] path, TreeEntry entry, out ImageId image)
    {
        FileAttributes attributes = entry.Attributes;
        image = registry.Find(attributes.Key, attributes.BirthTime)?.Id ?? ImageId.None;
        if (image != ImageId.None)
            return FsError.None;
        FsError error = backing.Identify(path, out ImageIdentity? identity);
        // Another file may have taken the name since it was listed; then its folder is dirty and is looked at again.
        if (error == FsError.None && identity!.Inode == attributes.Key.Inode)
            image = registry.Add(attributes.Key, identity).Id;
        else if (error == FsError.None)
            error = FsError.NotFound;
        return error;
    }
}
