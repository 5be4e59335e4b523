using VdFs.Core.Durability;
using VdFs.Core.Errors;
using VdFs.Core.Storage;
using VdFs.Core.Tracking;

namespace VdFs.Core.Images;

/// <summary>
/// One image: who it is, what changed in it generation by generation, and which snapshots hold it. Made by <see cref="ImageRegistry"/>,
/// one object per image for as long as the engine lives.
/// </summary>
/// <remarks>
/// Order of locks: a range lock, then a sector lock or a generation's own while it opens or loads, then <c>generationsLock</c> (a broken lineage lets go of snapshots). The list of generations and the held
/// cuts are replaced as a whole, so that reading takes no lock.
/// </remarks>
public sealed partial class Image : IDisposable
{
    private readonly ImageHost host;

    /// <summary>Guards the replacing of <see cref="generations"/>.</summary>
    private readonly Lock generationsLock = new();

    private volatile ImageGeneration[] generations = [];
    private int users;
    private volatile bool retired;
    private volatile bool nameless;
    private volatile HeldCuts held = HeldCuts.None;

    internal Image(ImageHost host, ImageId id, ImageIdentity identity)
    {
        this.host = host;
        Id = id;
        Identity = identity;
        MadeIn = host.Generation;
    }

    public ImageId Id { get; }

    /// <summary>The generation in which VdFs first saw it (since the mount).</summary>
    internal long MadeIn { get; }

    public ImageIdentity Identity { get; }

    /// <summary>Where it is now; changes with the mount (device numbers do), not with its name.</summary>
    public FileKey Key { get; internal set; }

    /// <summary>Tracking is unbroken since the cut of this number: changes since an older one are not known.</summary>
    public long LineageSince { get; internal set; }

    /// <summary>Why tracking was broken; empty if it never was.</summary>
    public string LineageBroken { get; internal set; } = "";

    /// <summary>True while a hidden link keeps its content for snapshots, though it has no name left or may lose it.</summary>
    public bool Retained { get; internal set; }

    /// <summary>Bytes that count against the limit of the preserve store for as long as it is retained.</summary>
    internal long RetainedBytes { get; set; }

    /// <summary>The hidden link is made, for which room was taken: from now on it isn't counted among the links that clients see.</summary>
    public void MarkRetained(long bytes = 0)
    {
        RetainedBytes = bytes;
        Retained = true;
    }

    /// <summary>Whether the catalog knows it.</summary>
    internal bool InCatalog { get; set; }

    /// <summary>Whether a held snapshot would look into it.</summary>
    public bool IsHeld => held.Count != 0;

    /// <summary>Whether a client has it open.</summary>
    internal bool InUse => Volatile.Read(ref users) != 0;

    internal ImageGeneration[] Generations => generations;

    private ChangeRecord? CurrentRecord => generations is [.., var last] && last.Number == host.Generation && last.IsLoaded ? last.Record : null;

    internal long CurrentRecordNumber => generations is [.., var last] ? last.Number : -1;

    /// <summary>A client opened it: its state stays for as long. False if its state is just being removed: look the file up once more.</summary>
    public bool TryAddUser()
    {
        // The increment is a full fence, as the one in TryRetire: whichever comes second sees the other.
        Interlocked.Increment(ref users);
        if (!retired)
            return true;
        RemoveUser();
        return false;
    }

    /// <summary>Nothing will ask for it again, unless a client has just opened it: then false.</summary>
    internal bool TryRetire()
    {
        retired = true;
        Interlocked.MemoryBarrier();
        if (!InUse)
            return true;
        retired = false;
        return false;
    }

    public void RemoveUser()
    {
        if (Interlocked.Decrement(ref users) == 0 && nameless)
            host.Departed(this);
    }

    /// <summary>Whether it was seen to have no name left.</summary>
    public bool IsNameless => nameless;

    /// <summary>It was seen to have no name left, or never had one: without clients, nothing will ask for it again.</summary>
    public void LoseName()
    {
        // As in TryRetire: whichever comes second, this or the last client's leaving, sees the other.
        nameless = true;
        Interlocked.MemoryBarrier();
        if (!InUse)
            host.Departed(this);
    }

    /// <summary>It was seen to have a name after all: a file that was made without one may get one.</summary>
    public void FindName() => nameless = false;

    /// <summary>Whether the snapshot of this cut would look into it.</summary>
    internal bool Holds(long cut) => held.NewestUpTo(cut) == cut;

    /// <summary>Whether a held snapshot could look into this generation's store.</summary>
    internal bool HoldsUpTo(long generation) => held.NewestUpTo(generation) >= 0;

    /// <summary>Whether the held snapshot of this cut has the image.</summary>
    internal bool IsHeldAt(long cut) => held.NewestUpTo(cut) == cut;

    /// <summary>At start: a generation that lies in the state directory.</summary>
    internal void AddStored(IEnumerable<long> numbers)
    {
        lock (generationsLock)
            generations = [.. generations, .. numbers.Order().Select(n => new ImageGeneration(this, host, n))];
    }

    /// <summary>Closed generations whose record isn't sealed yet, the newest first: usually one.</summary>
    internal void SealRecords(long before)
    {
        ImageGeneration[] all = generations;
        for (int i = all.Length - 1; i >= 0 && !all[i].IsSealed; i--)
        {
            if (all[i].Number < before)
                all[i].Seal();
        }
    }

    /// <summary>
    /// After a power cut, before anything is loaded: what <paramref name="intents"/> name counts as changed in every generation since they were written, and in the newest:
    /// bits may be lost, and so may what the image itself was given.
    /// </summary>
    /// <param name="intents">Of this image.</param>
    /// <param name="cuts">Numbers of all cuts.</param>
    internal FsError Doubt(IReadOnlyCollection<Intent> intents, IEnumerable<long> cuts)
    {
        long oldest = intents.Min(i => i.Since);
        long[] numbers = [.. generations.Select(g => g.Number).Concat(cuts).Concat(intents.Select(i => i.Since)).Append(host.Generation)
            .Where(n => n >= oldest && n <= host.Generation).Distinct().Order()];
        foreach (long number in numbers)
        {
            ImageGeneration? generation = Array.Find(generations, g => g.Number == number);
            if (generation is null)
            {
                generation = new ImageGeneration(this, host, number);
                lock (generationsLock)
                    generations = [.. generations.Append(generation).OrderBy(g => g.Number)];
            }
            FsError error = generation.Doubt([.. intents.Where(i => i.Since <= number).Select(i => i.Region)]);
            if (error != FsError.None)
                return error;
        }
        return FsError.None;
    }

    /// <summary>Writers of the region look for an intent again.</summary>
    internal void Cool(int region)
    {
        if (CurrentRecord is { } record)
            record.Cool(region);
    }

    /// <summary>Whether no writer can be about to write to the region without having asked for an intent.</summary>
    internal bool IsCold(int region) => CurrentRecord?.IsWarm(region) != true;

    /// <summary>At start: a generation in which all of it changed, by a note in place of a record.</summary>
    internal void AddUnrecorded(long number)
    {
        ImageGeneration? generation = Array.Find(generations, g => g.Number == number);
        if (generation is null)
        {
            generation = new ImageGeneration(this, host, number);
            lock (generationsLock)
                generations = [.. generations.Append(generation).OrderBy(g => g.Number)];
        }
        generation.StandIn();
    }

    /// <summary>Called with the gate closed (a cut) or before the mount serves.</summary>
    internal void Hold(long cut, long size)
    {
        // A view's reader may find the image lost at the same time.
        lock (generationsLock)
            held = held.With(cut, size);
    }

    internal void Unhold(long cut)
    {
        // Only commands that hold the engine's cut lock and failing preservation come here; the latter may be a writer's thread.
        lock (generationsLock)
            held = held.Without(cut);
    }

    /// <summary>No snapshot of this image can be kept any more.</summary>
    /// <returns>Those that had it.</returns>
    internal HeldCuts UnholdAll()
    {
        lock (generationsLock)
        {
            HeldCuts former = held;
            held = HeldCuts.None;
            return former;
        }
    }

    public void Dispose()
    {
        foreach (ImageGeneration generation in generations)
            generation.Dispose();
    }
}
