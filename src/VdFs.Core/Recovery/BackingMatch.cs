using System.IO;
using VdFs.Core.Catalog;
using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Snapshots;
using VdFs.Core.Storage;

namespace VdFs.Core.Recovery;

/// <summary>Whether a backing directory is the one that a state directory belongs to.</summary>
/// <remarks>
/// The rule: it is, if the directory itself has the identity that it had, whatever is in it (images may all have been restored: each is judged by its own identity). If it hasn't, what counts are
/// the images: half of those that had a name when the state was last written have to lie in it. An image that is found elsewhere on the filesystem by its handle doesn't count: it isn't behind this mount, and
/// nobody would notice it being written. Reading changes nothing.
/// </remarks>
/// <param name="Kind">How they are related.</param>
/// <param name="Root">Identity of the directory; null if it can't be told.</param>
/// <param name="Reason">Why it is another one, for people.</param>
internal sealed record BackingMatch(BackingMatchKind Kind, ImageIdentity? Root, string Reason)
{
    public static BackingMatch Find(CatalogContents contents, Func<long, byte[]> loadFileList, IBackingTree backing)
    {
        ImageIdentity? root = backing.Identify([], out ImageIdentity? found) == FsError.None ? found : null;
        if (root is null || contents.Places.Root is not { } former || root.Equals(former))
            return new(BackingMatchKind.Same, root, "");
        if (root.HandleType != 0 && root.BirthTime != default && root.Equals(former with { FileSystemId = root.FileSystemId }))
            return new(BackingMatchKind.OtherFileSystemId, root, "");
        HashSet<ImageIdentity> expected = Expected(contents, loadFileList);
        if (expected.Count == 0)
            return new(BackingMatchKind.Same, root, "");
        int there = CountIn(backing, expected);
        return there * 2 >= expected.Count
            ? new(BackingMatchKind.Moved, root, "")
            : new(BackingMatchKind.Other, root, $"it is another directory (or filesystem), and of the {expected.Count} images that the state knows, {(there == 0 ? "none" : there)} lies in it");
    }

    /// <summary>Images that had a name: by the seals of a clean end, else by the newest cut.</summary>
    private static HashSet<ImageIdentity> Expected(CatalogContents contents, Func<long, byte[]> loadFileList)
    {
        var ids = new HashSet<ImageId>(contents.Seals.Select(s => s.Image));
        if (ids.Count == 0 && contents.Cuts.LastOrDefault(c => c.State != CutState.Pending) is { } newest)
        {
            try
            {
                ids.UnionWith(FileListFormat.ReadList(loadFileList(newest.Number)).Images.Select(i => i.Image));
            }
            catch (Exception e) when (e is InvalidDataException or CatalogException)
            {
                // Damaged, which is told elsewhere: all that are known, then.
            }
        }
        IEnumerable<CatalogImage> named = contents.Images.Where(i => ids.Contains(i.Id));
        var identities = new HashSet<ImageIdentity>(named.Select(i => i.Identity));
        if (identities.Count == 0)
            identities.UnionWith(contents.Images.Select(i => i.Identity));
        return identities;
    }

    /// <summary>Stops when it is half of them. Folders that can't be read are left out.</summary>
    private static int CountIn(IBackingTree backing, HashSet<ImageIdentity> expected)
    {
        var left = new HashSet<ImageIdentity>(expected);
        var folders = new Stack<byte[]>([[]]);
        var entries = new List<TreeEntry>();
        while (folders.TryPop(out byte[]? folder) && left.Count * 2 > expected.Count)
        {
            entries.Clear();
            if (backing.ReadFolder(folder, entries) != FsError.None)
                continue;
            foreach (TreeEntry entry in entries)
            {
                byte[] path = folder.Length == 0 ? entry.Name : [.. folder, (byte)'/', .. entry.Name];
                uint type = entry.Attributes.Mode & Storage.FileAttributes.TypeMask;
                if (type == Storage.FileAttributes.TypeDirectory)
                    folders.Push(path);
                else if (type == Storage.FileAttributes.TypeRegular && backing.Identify(path, out ImageIdentity? identity) == FsError.None)
                    left.Remove(identity!);
            }
        }
        return expected.Count - left.Count;
    }
}
