using VdFs.Core.Tracking;
using VdFs.TestKit.World;

namespace VdFs.Core.Tests.World;

/// <summary>
/// Hands in the backing directory. What docs/durability.md says is noticed has to be: then no view shows a wrong byte and no change is missing. What can't be
/// noticed excuses the blocks that were changed, in cuts from before, and no others.
/// </summary>
internal sealed partial class WorldRun
{
    /// <summary>Somebody changes an image past VdFs.</summary>
    /// <param name="mounted">While it is mounted; else after an end, clean or not (<see cref="atRest"/>).</param>
    private void ChangeBehind(bool mounted)
    {
        if (AnyNamed() is not { } image)
            return;
        Tell($"behind the back{(mounted ? "" : atRest ? ", after a clean end" : ", after a kill")}: {image.Name}");
        string name = image.Name!;
        switch (random.Next(10))
        {
            case < 5: WriteBehind(image, mounted); break;
            case < 6: ResizeBehind(image, mounted); break;
            case < 8: RenameBehind(image, mounted); break;
            case < 9 when live.Count(i => i.Name is not null) > 1:
                world.Tree.RemoveBehind(name);
                GoneBehind(image);
                break;
            default:
                byte[] content = AnyData();
                SimulatedNode node = world.Tree.PutBehind(name, content);
                GoneBehind(image);
                AdoptNew(name, node);
                AdoptBehind(images[node]);
                images[node].LookAt(0, content.Length);
                break;
        }
    }

    private void WriteBehind(ModelImage image, bool mounted)
    {
        long offset = AnyOffset(image);
        byte[] data = AnyData();
        bool timeBack = random.Next(4) == 0;
        bool grows = offset + data.Length > image.Content.Length;
        if (options.Bug == RunBug.TimesIgnored && !grows)
        {
            _ = image.Node.Inode.Write(offset, data);
            image.Node.Inode.Sync();
        }
        else
        {
            world.Tree.WriteBehind(image.Node, offset, data, timeBack);
        }
        image.LookAt(offset, offset + data.Length);
        AdoptBehind(image);
        List<long> blocks = [];
        for (long block = Block.Of(offset); block <= Block.Of(offset + data.Length - 1); block++)
            blocks.Add(block);
        // While mounted, only size and time of modification are compared; not mounted, the time of change, which nobody can set.
        Changed(image, blocks, noticeable: mounted ? image.Sighted && (grows || !timeBack) : atRest);
    }

    private void ResizeBehind(ModelImage image, bool mounted)
    {
        long length = AnyOffset(image);
        if (length == image.Content.Length)
            return;
        image.LookAt(Math.Min(length, image.Content.Length), Math.Max(length, image.Content.Length));
        world.Tree.ResizeBehind(image.Node, length);
        AdoptBehind(image);
        Changed(image, null, noticeable: mounted ? image.Sighted : atRest);
    }

    /// <summary>Nothing is lost by it, but that after a clean end the time of change is another.</summary>
    private void RenameBehind(ModelImage image, bool mounted)
    {
        string to = $"i{names++}";
        world.Tree.RenameBehind(image.Name!, to);
        image.Name = to;
        if (!mounted && atRest)
            Allow(image);
    }

    private void GoneBehind(ModelImage image)
    {
        image.Name = null;
        image.Unnoticed = null;
        if (!IsOpen(image))
            live.Remove(image);
        Allow(image);
    }

    private static void AdoptBehind(ModelImage image)
    {
        image.Content = image.Node.Inode.Cache.Clone();
        image.MarkSynced();
    }

    /// <param name="blocks">What was changed; null: anything.</param>
    private void Changed(ModelImage image, List<long>? blocks, bool noticeable)
    {
        options.Trace?.Invoke($"  {(noticeable ? "to be noticed" : "can't be noticed")}: {(blocks is null ? $"now {image.Content.Length} bytes" : $"blocks {blocks[0]}..{blocks[^1]}")}");
        Allow(image);
        if (!noticeable)
            Excuse(image, blocks);
        else if (engine is not null)
            (image.Unnoticed ??= []).UnionWith(blocks ?? [.. image.Blocks]);
    }

    private void Allow(ModelImage image)
    {
        foreach (ModelCut cut in cuts)
        {
            cut.AllowLoss(image);
            cut.AllowFull(image);
        }
    }

    private void Excuse(ModelImage image, IEnumerable<long>? blocks)
    {
        foreach (ModelCut cut in cuts)
            cut.Excuse(image, blocks);
    }

    /// <summary>A client touches the image, or the process is killed: what nobody has asked about can't be noticed any more.</summary>
    private void NoLongerSighted(ModelImage image)
    {
        if (image.Unnoticed is not null)
            Excuse(image, image.Unnoticed);
        image.Unnoticed = null;
        image.Sighted = false;
    }

    /// <summary>The engine looked at it: whether it noticed, it has to say.</summary>
    private void Looked(ModelImage image, bool noticed)
    {
        if (image.Unnoticed is not null && !noticed)
            throw Violation($"{image.Name} was changed behind the back, which was not noticed");
        image.Unnoticed = null;
    }

    /// <summary>At a cut the engine has compared every image, and knows it from here on; so at the start after a clean end, but for those that were written since the last cut.</summary>
    private void SightAll(bool cut)
    {
        foreach (ModelImage image in live.Where(i => i.Name is not null))
        {
            image.Unnoticed = null;
            image.Touched &= !cut;
            image.Sighted = !image.Touched;
        }
    }
}
