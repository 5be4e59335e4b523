using VdFs.Core.Snapshots;

namespace VdFs.Core.Deltas;

/// <summary>All deltas that were looked at and whose newer cut is held, and their layouts, as many as there is room for. Reading the deltas takes no lock; commands change them under the engine's cut lock.</summary>
public sealed class DeltaSet
{
    /// <summary>Bytes of layouts kept in memory beside those that are open.</summary>
    internal long Room { get; set; } = 8 << 20;

    private volatile Delta[] all = [];

    /// <summary>Guards the layouts kept.</summary>
    private readonly Lock keeping = new();

    private readonly Dictionary<(long Delta, int Index), LinkedListNode<(Delta Delta, DeltaImage Image)>> kept = [];

    /// <summary>Most recently used first.</summary>
    private readonly LinkedList<(Delta Delta, DeltaImage Image)> order = new();

    private long weight;

    public IReadOnlyList<Delta> All => all;

    /// <summary>The delta of a number; null once its newer cut is released.</summary>
    public Delta? Find(long number)
    {
        foreach (Delta delta in all)
        {
            if (delta.Number == number)
                return delta;
        }
        return null;
    }

    /// <summary>The delta of two cuts, if it was looked at. <paramref name="older"/> 0: all of the newer one.</summary>
    public Delta? Find(long older, long newer) => Array.Find(all, d => d.Older == older && d.Newer.Number == newer);

    internal void Add(Delta delta) => all = [.. all, delta];

    /// <summary>Removes those of a newer cut and returns them.</summary>
    internal Delta[] Remove(Snapshot newer)
    {
        Delta[] gone = [.. all.Where(d => d.Newer == newer)];
        all = [.. all.Where(d => d.Newer != newer)];
        lock (keeping)
        {
            for (LinkedListNode<(Delta Delta, DeltaImage Image)>? at = order.First; at is not null;)
            {
                LinkedListNode<(Delta Delta, DeltaImage Image)>? next = at.Next;
                if (at.Value.Delta.Newer == newer)
                    Drop(at);
                at = next;
            }
        }
        return gone;
    }

    internal DeltaImage? Kept(Delta delta, int index)
    {
        lock (keeping)
        {
            if (!kept.TryGetValue((delta.Number, index), out LinkedListNode<(Delta Delta, DeltaImage Image)>? node))
                return null;
            order.Remove(node);
            order.AddFirst(node);
            return node.Value.Image;
        }
    }

    /// <summary>The least recently used ones go.</summary>
    internal void Keep(Delta delta, DeltaImage image)
    {
        lock (keeping)
        {
            if (kept.ContainsKey((delta.Number, image.Index)))
                return;
            kept[(delta.Number, image.Index)] = order.AddFirst((delta, image));
            weight += image.Weight;
            for (LinkedListNode<(Delta Delta, DeltaImage Image)>? at = order.Last; at is not null && weight > Room;)
            {
                LinkedListNode<(Delta Delta, DeltaImage Image)>? former = at.Previous;
                if (at.Value.Image != image)
                    Drop(at);
                at = former;
            }
        }
    }

    private void Drop(LinkedListNode<(Delta Delta, DeltaImage Image)> node)
    {
        order.Remove(node);
        kept.Remove((node.Value.Delta.Number, node.Value.Image.Index));
        weight -= node.Value.Image.Weight;
    }
}
