using VdFs.Core.Catalog;
using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Storage;
using VdFs.Core.Tracking;
using VdFs.TestKit.World;

namespace VdFs.Core.Tests.World;

/// <summary>What clients do to images, in the way in which the tree does it for them.</summary>
internal sealed partial class WorldRun
{
    /// <summary>Where images have data: at their beginning, across two sectors of the record, across two regions, and far out.</summary>
    private static readonly long[] Places = [0, 0, 0, (4032L - 4) << Block.Shift, (32256L - 4) << Block.Shift, 300L << 20];

    private readonly List<OpenImage> open = [];

    private sealed record OpenImage(ModelImage Model, Image Image, SimulatedFile File);

    private ModelImage? AnyNamed()
    {
        ModelImage[] named = [.. live.Where(i => i.Name is not null)];
        return named.Length == 0 ? null : named[random.Next(named.Length)];
    }

    private long AnyOffset(ModelImage image)
    {
        if (random.Next(3) == 0 && image.Content.Length > 0)
            return random.NextInt64(Math.Min(image.Content.Length, 200_000));
        long offset = Places[random.Next(Places.Length)] + random.Next(24 * Block.Size);
        return random.Next(2) == 0 ? offset & ~(Block.Size - 1L) : offset;
    }

    private byte[] AnyData()
    {
        byte[] data = new byte[random.Next(8) switch { 0 => random.Next(1, 70_000), 1 or 2 => random.Next(1, 3000), 3 => 4096, _ => random.Next(1, 5) * 4096 }];
        if (random.Next(6) != 0)
            random.NextBytes(data);
        return data;
    }

    private void CreateImage()
    {
        string name = $"i{names++}";
        Tell($"create {name}");
        Worker client = Client;
        if (!client.EnterGate())
            return;
        try
        {
            Note(SimulatedTree.RootKey);
            FsError error = world.Tree.Create(name, out SimulatedFile? file);
            if (error == FsError.None)
                AdoptNew(name, file!.Node!);
        }
        catch (SimulatedDeathException)
        {
            if (world.Tree.Find(name) is { } made)
                AdoptNew(name, made);
            throw;
        }
        finally
        {
            client.LeaveGate();
        }
    }

    private void AdoptNew(string name, SimulatedNode node)
    {
        images[node] = new ModelImage(node) { Name = name };
        live.Add(images[node]);
    }

    private void Write()
    {
        if (Take() is not { } target)
            return;
        long offset = AnyOffset(target.Model);
        byte[] data = AnyData();
        WriteDurability durability = random.Next(10) == 0 ? WriteDurability.Data : WriteDurability.None;
        Request(target, client =>
        {
            Change(target, $"write {target.Model.Name} {offset}+{data.Length}", offset, offset + data.Length, content => content.Write(offset, data),
                () => target.Image.Write(client, target.File, offset, data, options.Bug == RunBug.DurabilityIgnored ? WriteDurability.None : durability, out _), written: true);
            if (durability != WriteDurability.None && lastClientError == FsError.None)
                target.Model.MarkSynced();
            return lastClientError;
        });
    }

    private void Resize()
    {
        if (Take() is not { } target)
            return;
        long length = random.Next(4) == 0 ? 0 : AnyOffset(target.Model);
        Request(target, client =>
        {
            long old = target.Model.Content.Length;
            return Change(target, $"resize {target.Model.Name} {old} to {length}", Math.Min(length, old), Math.Max(length, old), content => content.Resize(length),
                () => options.Bug == RunBug.ResizeNotRecorded ? target.File.SetLength(length) : target.Image.SetLength(client, target.File, length));
        });
    }

    private void Punch()
    {
        if (Take() is not { } target)
            return;
        long offset = AnyOffset(target.Model);
        long length = random.Next(5) == 0 ? random.NextInt64(1, 310L << 20) : random.Next(1, 60_000);
        AllocateMode mode = random.Next(4) switch
        {
            0 => AllocateMode.ZeroRange,
            1 => AllocateMode.ZeroRange | AllocateMode.KeepSize,
            2 => AllocateMode.Extend,
            _ => AllocateMode.PunchHole | AllocateMode.KeepSize,
        };
        Request(target, client => Change(target, $"allocate {mode} {target.Model.Name} {offset}+{length}", offset, offset + length, content =>
        {
            if (mode != AllocateMode.Extend)
                content.Clear(offset, offset + length);
            if ((mode & AllocateMode.KeepSize) == 0 && content.Length < offset + length)
                content.Resize(offset + length);
        }, () => target.Image.Allocate(client, target.File, mode, offset, length)));
    }

    private void CopyRange()
    {
        if (AnyNamed() is not { } source || Take() is not { } target)
            return;
        long sourceOffset = AnyOffset(source);
        long offset = AnyOffset(target.Model);
        int length = random.Next(1, 40_000);
        Request(target, client =>
        {
            using var from = new SimulatedFile(Machine, source.Node.Inode, source.Node);
            byte[] data = new byte[length];
            data = data[..source.Content.Read(sourceOffset, data)];
            long copied = data.Length;
            return Change(target, $"copy {source.Name} {sourceOffset} to {target.Model.Name} {offset}+{length}", offset, offset + data.Length, content => content.Write(offset, data.AsSpan(0, (int)copied)),
                () => target.Image.CopyFrom(client, from, sourceOffset, target.File, offset, length, out copied), written: copied == data.Length);
        });
    }

    private void Sync()
    {
        if (Take() is not { } target)
            return;
        Tell($"sync {target.Model.Name}");
        if (target.File.Sync(dataOnly: random.Next(2) == 0) == FsError.None)
            target.Model.MarkSynced();
        Give(target);
    }

    /// <summary>A client opens an image and keeps it open, also while it is renamed or deleted.</summary>
    private void HoldOpen()
    {
        if (open.Count > 2)
        {
            OpenImage closed = open[random.Next(open.Count)];
            // A file isn't closed under a request that waits.
            if (waiting.Any(w => w.Target == closed))
                return;
            open.Remove(closed);
            Give(closed);
        }
        else if (AnyNamed() is { } image && OpenOne(image) is { } opened)
        {
            open.Add(opened);
        }
    }

    private void DeleteImage()
    {
        if (live.Count(i => i.Name is not null) < 2 || AnyNamed() is not { } image)
            return;
        string name = image.Name!;
        NameChange($"delete {name}", name, () => world.Tree.Find(name) is null ? FsError.NotFound : world.Tree.Unlink(name));
    }

    private void RenameImage()
    {
        if (AnyNamed() is not { } image)
            return;
        string from = image.Name!;
        string to = random.Next(3) == 0 ? AnyNamed()!.Name! : $"i{names++}";
        if (from == to)
            return;
        NameChange($"rename {from} to {to}", to, () =>
        {
            // It may have waited, and lost its name meanwhile.
            if (world.Tree.Find(from) != image.Node)
                return FsError.NotFound;
            Note(image.Node.Key);
            return world.Tree.Rename(from, to);
        });
    }

    /// <summary>A change of names: inside the gate, noted, with a hidden link for what a snapshot needs, for which there has to be room.</summary>
    private void NameChange(string what, string goes, Func<FsError> change) => Request(null, client =>
    {
        Tell(what);
        while (true)
        {
            long rounds = Engine.RoomRounds;
            FsError error = NameChangeOnce(client, goes, change, out Image? image);
            if (error != FsError.MustWaitForSpace)
                return error;
            // From here on snapshots may be given up for it.
            AllowForFailures(Machine.Failed.Count, images.Values);
            error = Engine.MakeRoom(client, image!, rounds);
            if (error == FsError.None)
                continue;
            if (error != FsError.MustWait && !IsForRoom(error, Machine.Failed))
                throw Violation($"the client got {error}, and there is room");
            return error;
        }
    });

    private FsError NameChangeOnce(Worker client, string goes, Func<FsError> change, out Image? image)
    {
        image = null;
        if (!client.EnterGate())
            return FsError.MustWait;
        try
        {
            Note(SimulatedTree.RootKey);
            SimulatedNode? node = world.Tree.Find(goes);
            if (node is not null)
            {
                Note(node.Key);
                FsError error = Retain(goes, node, out image);
                if (error != FsError.None)
                    return error;
            }
            FsError changed = change();
            Machine.Settle(null);
            // As the tree does it: what has neither a name nor a hidden link goes with its last client.
            if (changed == FsError.None && node is not null && world.Tree.Find(goes) != node
                && Engine.Images.Find(node.Key, node.Identity.BirthTime) is { Retained: false } nameless)
            {
                nameless.LoseName();
            }
            return changed;
        }
        finally
        {
            AdoptNames();
            client.LeaveGate();
        }
    }

    private FsError Retain(string name, SimulatedNode node, out Image? image)
    {
        image = null;
        if (!Engine.HasHeldSnapshots)
            return FsError.None;
        image = ImageOf(node);
        if (image is null)
            return FsError.Io;
        if (!image.IsHeld || image.Retained)
            return FsError.None;
        long bytes = node.Attributes.Blocks * 512;
        NeedRoom(bytes / Block.Size);
        FsError error = Engine.TakeForRetained(bytes);
        if (error != FsError.None)
            return error;
        error = world.Tree.Retain(name, image.Id);
        if (error == FsError.None)
            image.MarkRetained(bytes);
        else
            Engine.ReturnForRetained(bytes);
        return error;
    }

    /// <summary>A change of names is done or not: the tree says so.</summary>
    private void AdoptNames()
    {
        foreach (ModelImage image in live)
            image.Name = world.Tree.All.Where(e => e.Value == image.Node).Select(e => e.Key).FirstOrDefault();
        live.RemoveAll(i => i.Name is null && !IsOpen(i));
    }

    private void Note(FileKey key)
    {
        if (options.Bug != RunBug.NamesNotNoted)
            Engine.Dirty.Note(key);
    }

    private OpenImage? Take()
    {
        if (open.Count != 0 && random.Next(3) == 0)
            return open[random.Next(open.Count)];
        return AnyNamed() is { } image ? OpenOne(image) : null;
    }

    private OpenImage? OpenOne(ModelImage model)
    {
        if (world.Tree.Open(model.Node, out SimulatedFile? file) != FsError.None)
            return null;
        Image? image;
        do
            image = ImageOf(model.Node);
        while (image is not null && !image.TryAddUser());
        return image is null ? null : new OpenImage(model, image, file!);
    }

    /// <summary>Null if the catalog can't give the image an id: the client gets that as an I/O error.</summary>
    private Image? ImageOf(SimulatedNode node)
    {
        try
        {
            return Engine.Images.Find(node.Key, node.Identity.BirthTime) ?? Engine.Images.Add(node.Key, node.Identity);
        }
        catch (CatalogException) when (Machine.Failed.Count != 0)
        {
            return null;
        }
    }

    private void Give(OpenImage image)
    {
        if (open.Contains(image))
            return;
        image.Image.RemoveUser();
        image.File.Dispose();
        if (image.Model.Name is null && !IsOpen(image.Model))
            live.Remove(image.Model);
    }
}
