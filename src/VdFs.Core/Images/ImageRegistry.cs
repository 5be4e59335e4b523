using System.Collections.Concurrent;
using VdFs.Core.Storage;

namespace VdFs.Core.Images;

/// <summary>All images that VdFs knows, by id, by identity, and by where they are now.</summary>
/// <remarks>
/// What must hold: one <see cref="Image"/> object per identity, whoever asks first. Safe from any thread; finding takes no lock.
/// </remarks>
public sealed class ImageRegistry
{
    private readonly ImageHost host;
    private readonly ConcurrentDictionary<FileKey, Image> byKey = new();
    private readonly ConcurrentDictionary<ImageIdentity, Image> byIdentity = new();
    private readonly ConcurrentDictionary<ImageId, Image> byId = new();

    /// <summary>Guards the making of images and the giving of ids.</summary>
    private readonly Lock adding = new();

    private readonly Func<ulong> reserveIds;
    private ulong nextId;
    private ulong idsEnd;

    /// <param name="reserveIds">Reserves <see cref="IdsAtOnce"/> ids for good and returns the first.</param>
    internal ImageRegistry(ImageHost host, Func<ulong> reserveIds)
    {
        this.host = host;
        this.reserveIds = reserveIds;
    }

    /// <summary>Ids are reserved in the catalog in such portions, so that a new image needs none of it on its way.</summary>
    public const int IdsAtOnce = 65536;

    public int Count => byId.Count;

    internal IEnumerable<Image> All => byId.Values;

    /// <summary>The image at a place, if it is known and was born when the file there was; null: ask with its identity.</summary>
    public Image? Find(FileKey key, TimeSpec birthTime) =>
        birthTime != default && byKey.TryGetValue(key, out Image? image) && image.Identity.BirthTime == birthTime && image.Identity.Inode == key.Inode
            ? image : null;

    /// <summary>The image at a place; attributes only need be asked of it if it is retained or held.</summary>
    public bool TryGet(FileKey key, out Image? image) => byKey.TryGetValue(key, out image);

    public Image? Find(ImageId id) => byId.GetValueOrDefault(id);

    internal Image? Find(ImageIdentity identity) => byIdentity.GetValueOrDefault(identity);

    /// <summary>The image of an identity, made if it is new, and from now on found at <paramref name="key"/>.</summary>
    public Image Add(FileKey key, ImageIdentity identity)
    {
        if (byIdentity.TryGetValue(identity, out Image? image) && image.Key == key)
        {
            byKey[key] = image;
            return image;
        }
        lock (adding)
        {
            if (!byIdentity.TryGetValue(identity, out image))
            {
                image = Make(NextId(), identity);
                // Nothing of it is known before now: changes since an older cut are everything. A cut that has it in its list says otherwise.
                image.LineageSince = 0;
            }
            image.Key = key;
            byKey[key] = image;
            return image;
        }
    }

    /// <summary>At start, from the catalog or a change record. The same id twice keeps the first.</summary>
    internal Image Restore(ImageId id, ImageIdentity identity)
    {
        lock (adding)
            return byId.TryGetValue(id, out Image? there) ? there : Make(id, identity);
    }

    internal void Remove(Image image)
    {
        lock (adding)
        {
            byId.TryRemove(image.Id, out _);
            byIdentity.TryRemove(new(image.Identity, image));
            byKey.TryRemove(new(image.Key, image));
        }
    }

    /// <summary>An older copy of the catalog gives ids again: those that records have are taken.</summary>
    private ImageId NextId()
    {
        ImageId id;
        do
        {
            if (nextId == idsEnd)
            {
                nextId = reserveIds();
                idsEnd = nextId + IdsAtOnce;
            }
            id = new ImageId(nextId++);
        }
        while (byId.ContainsKey(id));
        return id;
    }

    private Image Make(ImageId id, ImageIdentity identity)
    {
        var image = new Image(host, id, identity);
        byId[id] = image;
        byIdentity[identity] = image;
        return image;
    }
}
