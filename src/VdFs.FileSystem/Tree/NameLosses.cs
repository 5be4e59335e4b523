using VdFs.Core;
using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Storage;
using VdFs.FileSystem.Backing;
using VdFs.FileSystem.Nodes;

namespace VdFs.FileSystem.Tree;

/// <summary>
/// The one way in which a file or folder comes to be without a name: its name is removed, another file is renamed over it, or it never had one.
/// </summary>
/// <remarks>
/// What must hold: before the name goes, a later worker can find the node without it (<see cref="NodeTable.BeginLoss"/>), for clients may have it open or work in it; and if a held
/// snapshot needs the image, it has a hidden link, which it keeps until no snapshot needs it, whether the name really goes or not.
/// </remarks>
internal sealed class NameLosses(Engine engine, IBackingDirectory backing, NodeTable nodes)
{
    /// <summary>
    /// Before a name goes. Inside the gate. What a hidden link takes counts against the limit of the preserve store.
    /// </summary>
    /// <param name="folder">Where the name is.</param>
    /// <param name="name">A name; if there is none, nothing goes.</param>
    /// <param name="found">The file, up to <see cref="End"/>; none if there is no such name, and after an error.</param>
    /// <param name="image">What there was no room for.</param>
    /// <returns><see cref="FsError.MustWaitForSpace"/> if the limit has no room for <paramref name="image"/>; then nothing happened.</returns>
    public FsError Begin(BackingRef folder, ReadOnlySpan<byte> name, out BackingRef found, out Image? image)
    {
        image = null;
        FsError error = backing.Lookup(folder, name, out found, out FileAttributes attributes);
        if (error != FsError.None)
            return error == FsError.NotFound ? FsError.None : error;
        engine.Dirty.Note(attributes.Key);
        nodes.BeginLoss(attributes.Key, NamesOf(attributes));
        if (attributes.IsRegular && engine.HasHeldSnapshots)
            error = Retain(folder, name, found, attributes, out image);
        if (error == FsError.None)
            return error;
        nodes.EndLoss(attributes.Key);
        backing.Close(found);
        found = BackingRef.None;
        return error;
    }

    /// <summary>After it went, or didn't: an image that has no name left goes with its last client, unless a cut has it.</summary>
    public void End(BackingRef found, FsError outcome)
    {
        if (found.IsNone)
            return;
        if (backing.GetAttributes(found, out FileAttributes attributes) == FsError.None)
        {
            nodes.EndLoss(attributes.Key);
            if (outcome == FsError.None && attributes is { IsRegular: true, Links: 0 })
                engine.Images.Find(attributes.Key, attributes.BirthTime)?.LoseName();
        }
        backing.Close(found);
    }

    /// <summary>A file was made that has no name. Before its maker hears of it.</summary>
    public void Born(LiveFile made, FileKey key)
    {
        nodes.BeginLoss(key, names: 0);
        nodes.EndLoss(key);
        made.Image!.LoseName();
    }

    /// <summary>Names by which clients find it: of a folder one, whatever its link count; not the hidden link.</summary>
    private uint NamesOf(in FileAttributes attributes)
    {
        if (!attributes.IsRegular)
            return 1;
        return attributes.Links > 0 && engine.Images.TryGet(attributes.Key, out Image? image) && image!.Retained ? attributes.Links - 1 : attributes.Links;
    }

    private FsError Retain(BackingRef folder, ReadOnlySpan<byte> name, BackingRef found, in FileAttributes attributes, out Image? image)
    {
        FsError error = MountTree.FindImage(engine, backing, found, attributes, out image);
        if (error != FsError.None || !image!.IsHeld || image.Retained)
            return error;
        long bytes = attributes.Blocks * 512;
        error = engine.TakeForRetained(bytes);
        if (error != FsError.None)
            return error;
        error = backing.Retain(folder, name, attributes.Key, image.Id);
        if (error == FsError.None)
            image.MarkRetained(bytes);
        else
            engine.ReturnForRetained(bytes);
        return error;
    }
}
