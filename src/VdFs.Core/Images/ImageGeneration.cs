using VdFs.Core.Catalog;
using VdFs.Core.Errors;
using VdFs.Core.Preservation;
using VdFs.Core.Storage;
using VdFs.Core.Tracking;

namespace VdFs.Core.Images;

/// <summary>
/// What an image has of one generation: its change record and, if a snapshot needed any, pre-images. Both are opened when first looked at.
/// </summary>
internal sealed class ImageGeneration : IDisposable
{
    /// <summary>Far below what any addition could bring back to 0.</summary>
    private const long Gone = long.MinValue / 2;

    /// <summary>How often a record is tried to be opened; the storage has tried for a while each time.</summary>
    private const int LoadTries = 3;

    private readonly Image image;
    private readonly ImageHost host;
    private readonly Lock opening = new();
    private volatile ChangeRecord? record;
    private volatile PreserveStore? store;
    private volatile bool storeGone;
    /// <summary>Bytes of data in the store; <see cref="Gone"/> once it is discarded.</summary>
    private long kept;
    private bool disposed;
    private bool deleted;

    /// <summary>The list of records has it: so it has a header, and if a sum stands there, it says just what it said when it was sealed.</summary>
    private ListedRecord? expected;

    /// <summary>There is no file: a note in the state directory says that all of the image changed in this generation.</summary>
    private volatile bool unrecorded;

    /// <summary>Whether it has a record's file.</summary>
    public bool HasFile => !unrecorded;

    /// <summary>Set once there turned out to be no store, so that nobody looks for its file again; a writer that makes one takes it back.</summary>
    private volatile bool storeMissing;


    public ImageGeneration(Image image, ImageHost host, long number)
    {
        this.image = image;
        this.host = host;
        Number = number;
    }

    public long Number { get; }

    /// <summary>The record. One that can't be read stands for a change of everything, and the image's lineage is broken.</summary>
    public ChangeRecord Record => record ?? LoadRecord();

    /// <summary>Nothing is added to it any more, and the list of records says what it says.</summary>
    public bool IsSealed { get; private set; }

    /// <summary>At start, before it is loaded: what the list of records says of it. Unless the seal stays, the sum is for the first look only: then it may change.</summary>
    public void Expect(ListedRecord listed, bool sealStays) => (expected, IsSealed) = (listed, sealStays && listed.Sum is not null);

    /// <summary>A power cut left it in doubt: it says more than it did.</summary>
    public bool IsDoubted { get; private set; }

    /// <summary>Sectors of its record that hold bits; it isn't kept in memory for that.</summary>
    public IReadOnlyList<long> ReadSectors()
    {
        IReadOnlyList<long> sectors = Record.Sectors();
        Unload();
        return sectors;
    }

    /// <summary>Notes in the list of records what the record says. Nobody writes to it any more.</summary>
    public void Seal()
    {
        if (IsSealed || record is not { IsStored: true } there)
            return;
        uint sum = there.Sum();
        if (host.Records.Seal(image.Id, Number, sum) == FsError.None)
            (expected, IsSealed) = (new ListedRecord(sum, []), true);
    }

    /// <summary>The list says that it may change again.</summary>
    public void Unsealed() => (expected, IsSealed) = (ListedRecord.Unsealed, false);

    /// <summary>Whether a record stands in memory (or could not be read).</summary>
    public bool IsLoaded => record is not null;

    private ChangeRecordHeader UnknownHeader => new(image.Id, Number, image.Identity, AllChanged: true);

    public FsError CreateRecord()
    {
        FsError error = host.State.CreateFolder(StatePaths.RecordFolder(image.Id));
        IFile? file = null;
        if (error == FsError.None)
            error = host.State.OpenIdle(StatePaths.Record(image.Id, Number), StorageOpen.CreateNew, out file);
        if (error == FsError.AlreadyExists)
            error = OpenFailedRecord(out file);
        if (error != FsError.None)
            return error;
        error = ChangeRecord.Create(file!, new ChangeRecordHeader(image.Id, Number, image.Identity, AllChanged: false), host.Records, out ChangeRecord? created);
        if (error == FsError.None && host.Durable && SyncNew(created!) is var failed && failed != FsError.None)
            error = host.StopBeingDurable(failed);
        if (error != FsError.None)
        {
            _ = host.State.Delete(StatePaths.Record(image.Id, Number));
            return error;
        }
        record = created;
        host.Records.Made(image.Id, Number);
        return FsError.None;
    }

    /// <summary>A record that could neither be given its header nor be removed. Nothing was ever recorded in it; one that holds more is not of our making.</summary>
    private FsError OpenFailedRecord(out IFile? file)
    {
        FsError error = host.State.OpenIdle(StatePaths.Record(image.Id, Number), StorageOpen.Existing, out file);
        if (error != FsError.None)
            return error;
        error = file!.GetLength(out long length);
        if (error == FsError.None && length > ChangeRecordHeader.Size)
            error = FsError.Io;
        if (error != FsError.None)
            file.Dispose();
        return error;
    }

    /// <summary>Without a file, by a note that is there already, or as <see cref="CreateRecord"/> failed: all of the image counts as changed, and no more pre-images are kept.</summary>
    public void StandIn()
    {
        lock (opening)
        {
            unrecorded = true;
            record = ChangeRecord.Unknown(UnknownHeader);
        }
    }

    /// <summary>Whether all of the image counts as changed. At start: loads nothing, and takes no notice of damage.</summary>
    public bool SaysAllChanged()
    {
        if (unrecorded || record is not null)
            return unrecorded || record!.AllChanged;
        FsError error = host.State.Open(StatePaths.Record(image.Id, Number), StorageOpen.Existing, out IFile? file);
        if (error.IsWant())
            throw Want(error);
        if (error != FsError.None)
            return false;
        Span<byte> sector = stackalloc byte[ChangeRecordHeader.Size];
        using (file)
            return file!.Read(0, sector, out int read) == FsError.None && read == sector.Length && ChangeRecordHeader.Read(sector, out _) is { AllChanged: true };
    }

    /// <summary>The store for writing, created when this is the first pre-image.</summary>
    public FsError OpenStore(out PreserveStore? opened)
    {
        opened = store;
        return opened is not null ? FsError.None : OpenStore(create: true, out opened);
    }

    /// <summary>The store for reading; <see cref="FsError.Io"/> if there is none.</summary>
    public FsError FindStore(out PreserveStore? found)
    {
        found = store;
        if (found is not null)
            return FsError.None;
        if (storeMissing)
            return FsError.Io;
        FsError error = OpenStore(create: false, out found);
        return error == FsError.NotFound ? FsError.Io : error;
    }

    /// <summary>Bytes that its pre-images take.</summary>
    public long PreservedBytes => Math.Max(0, Interlocked.Read(ref kept));

    /// <summary>At start: counts what lies in the store.</summary>
    public void CountStored()
    {
        long bytes = FindStore(out PreserveStore? found) == FsError.None ? found!.CountBytes() : 0;
        host.Space.Count(bytes);
        Interlocked.Exchange(ref kept, bytes);
    }

    /// <summary>Pre-images were added, for which room was taken; if the store is discarded by now, so is that room.</summary>
    public void CountKept(long bytes)
    {
        if (bytes != 0 && Interlocked.Add(ref kept, bytes) < 0)
            host.Space.Return(bytes);
    }

    /// <summary>Makes blocks of the store a hole that nothing can look into any more.</summary>
    public void PunchStore(PreserveStore store, long first, long count)
    {
        if (store.Punch(first, count, out long freed) != FsError.None || freed == 0)
            return;
        if (Interlocked.Add(ref kept, -freed) >= 0)
            host.Space.Return(freed);
    }

    /// <summary>
    /// Removes the store. Reads under way end first or find it gone. Its files go under no lock: however large they are, a writer never waits for that. A release and a writer who gives up
    /// may do it at once: both delete, which is no error, and the first one counts.
    /// </summary>
    public void DiscardStore()
    {
        bool first;
        lock (opening)
        {
            first = !storeGone;
            storeGone = true;
            store?.Discard();
            store = null;
        }
        // Nobody makes them again. Data first: sums without data read as damage, data without sums as none; both fail closed.
        _ = SlicedDeletion.Delete(host.Preserve, StatePaths.Data(image.Id, Number));
        _ = SlicedDeletion.Delete(host.Preserve, StatePaths.Sums(image.Id, Number));
        if (first)
            host.Space.Return(Interlocked.Exchange(ref kept, Gone));
    }

    /// <summary>Removes record and store for good. It is off the list of records already.</summary>
    public FsError Delete()
    {
        DiscardStore();
        lock (opening)
        {
            deleted = true;
            record?.Dispose();
        }
        FsError error = SlicedDeletion.Delete(host.State, StatePaths.Record(image.Id, Number));
        if (unrecorded)
            host.Unrecorded.Forget(image.Id, Number);
        return error == FsError.NotFound ? FsError.None : error;
    }

    /// <summary>Gives the record's memory and descriptor back until somebody asks again. Only for generations that nobody writes to any more.</summary>
    public void Unload()
    {
        lock (opening)
        {
            record?.Dispose();
            record = null;
        }
    }

    public void Dispose()
    {
        lock (opening)
        {
            disposed = true;
            record?.Dispose();
            store?.Dispose();
        }
    }

    private ChangeRecord LoadRecord()
    {
        lock (opening)
        {
            if (record is { } there)
                return there;
            if (unrecorded)
                return record = ChangeRecord.Unknown(UnknownHeader);
            if (deleted)
                return ChangeRecord.Unknown(UnknownHeader);
            string damage = "";
            ChangeRecord? loaded = null;
            FsError error = FsError.BadHandle;
            for (int tries = 0; !disposed && (tries == 0 || (error.IsWant() && tries < LoadTries)); tries++)
            {
                error = host.State.OpenIdle(StatePaths.Record(image.Id, Number), StorageOpen.Existing, out IFile? file);
                if (error == FsError.None)
                    error = LoadRecord(file!, out loaded, out damage);
            }
            // It is as good as before, and looked at by the next who asks: what can't be read now is nothing to believe or to give up anything for.
            if (error.IsWant())
                throw Want(error);
            if (loaded is not null && (loaded.Header.Image != image.Id || loaded.Header.Generation != Number))
            {
                damage = $"it is the record of image {loaded.Header.Image}, generation {loaded.Header.Generation}";
                loaded.Dispose();
                loaded = null;
            }
            if (loaded is not null && damage.Length == 0 && expected is not null && loaded.Lacks(expected) is { Length: > 0 } lacks)
            {
                damage = lacks;
                loaded.Dispose();
                loaded = null;
            }
            if (!IsSealed && expected is not null)
                expected = ListedRecord.Unsealed;
            if (loaded is null || damage.Length != 0)
            {
                string reason = $"the change record of generation {Number} can't be trusted: {(damage.Length != 0 ? damage : error)}";
                // What lies before a break that is known, and what no snapshot looks into, breaks nothing once more.
                if (Number >= image.LineageSince || image.HoldsUpTo(Number))
                    host.BreakLineage(image, reason);
            }
            return record = loaded ?? ChangeRecord.Unknown(UnknownHeader);
        }
    }

    private CatalogException Want(FsError error) =>
        new(error, $"the change record of image {image.Id}, generation {Number}, can't be opened now ({error}): descriptors or memory are short. Raise the limits of the daemon or of the machine");

    private FsError LoadRecord(IFile file, out ChangeRecord? loaded, out string damage)
    {
        damage = "";
        return IsEmpty(file) && expected is null
            ? ChangeRecord.Create(file, UnknownHeader with { AllChanged = false }, host.Records, out loaded)
            : ChangeRecord.Load(file, host.Records, out loaded, out damage);
    }

    /// <summary>At start, before it is listed: a record that its maker was killed over gets its header. One that can't be opened is damaged, which is told when it is looked at.</summary>
    public FsError Finish()
    {
        if (host.State.Open(StatePaths.Record(image.Id, Number), StorageOpen.Existing, out IFile? file) != FsError.None)
            return FsError.None;
        using (file)
            return IsEmpty(file!) ? ChangeRecord.Doubt(file!, UnknownHeader with { AllChanged = false }, []) : FsError.None;
    }

    /// <summary>The header before anything is written behind it: a power cut could keep that and lose the header, and the record would read as damaged.</summary>
    private FsError SyncNew(ChangeRecord made)
    {
        FsError error = made.Sync();
        return error == FsError.None ? SyncNames(host.State, StatePaths.RecordFolder(image.Id), StatePaths.Records) : error;
    }

    /// <summary>The names of files that were made, and of the folder if it was.</summary>
    private static FsError SyncNames(IStorage storage, string folder, string parent)
    {
        FsError error = storage.SyncFolder(folder);
        return error == FsError.None ? storage.SyncFolder(parent) : error;
    }

    /// <summary>
    /// After a power cut, while nothing of this generation is loaded: regions whose bits may be lost or torn count as changed. Makes the record if it isn't there any more.
    /// </summary>
    public FsError Doubt(IReadOnlyCollection<int> regions)
    {
        IsDoubted = true;
        if (unrecorded)
            return FsError.None;
        FsError error = host.State.CreateFolder(StatePaths.RecordFolder(image.Id));
        IFile? file = null;
        if (error == FsError.None)
            error = host.State.Open(StatePaths.Record(image.Id, Number), StorageOpen.OpenOrCreate, out file);
        if (error != FsError.None)
            return error;
        using (file)
            return ChangeRecord.Doubt(file!, UnknownHeader with { AllChanged = false }, regions);
    }

    /// <summary>Made by a daemon that was killed before it wrote the header: nothing was ever recorded or kept in it.</summary>
    private static bool IsEmpty(IFile file) => file.GetLength(out long length) == FsError.None && length == 0;

    private FsError OpenStore(bool create, out PreserveStore? opened)
    {
        lock (opening)
        {
            opened = store;
            if (opened is not null)
                return FsError.None;
            if (storeGone || disposed)
                return FsError.NotFound;
            string dataPath = StatePaths.Data(image.Id, Number);
            string sumsPath = StatePaths.Sums(image.Id, Number);
            FsError error = host.Preserve.OpenIdle(sumsPath, StorageOpen.Existing, out IFile? sums);
            IFile? data = null;
            if (error == FsError.None)
            {
                error = host.Preserve.OpenIdle(dataPath, StorageOpen.Existing, out data);
                bool missing = error == FsError.NotFound && create;
                bool madeInVain = missing && sums!.GetLength(out long length) == FsError.None && length <= PreserveStore.SumsOffset;
                // Sums of data that is gone stay sums of damaged blocks; what is kept from now on is as good as any.
                if (missing && !madeInVain)
                    error = MakeData(dataPath, out data);
                if (error != FsError.None)
                    sums!.Dispose();
                // A machine's death left the one name and not the other; nothing was kept in it yet.
                if (madeInVain)
                    error = CreateStore(dataPath, sumsPath, out opened);
                else if (error == FsError.None && IsEmpty(sums!))
                    error = PreserveStore.Create(data!, sums!, image.Id, Number, out opened);
                else if (error == FsError.None)
                    error = PreserveStore.Load(data!, sums!, image.Id, Number, out opened);
            }
            else if (error == FsError.NotFound && create)
            {
                error = CreateStore(dataPath, sumsPath, out opened);
            }
            storeMissing = error == FsError.NotFound;
            store = opened;
            return error;
        }
    }

    private FsError MakeData(string dataPath, out IFile? data)
    {
        FsError error = host.Preserve.OpenIdle(dataPath, StorageOpen.OpenOrCreate, out data);
        if (error != FsError.None || !host.Durable || (SyncNames(host.Preserve, StatePaths.StoreFolder(image.Id), "") is var failed && failed == FsError.None))
            return error;
        error = host.StopBeingDurable(failed);
        if (error != FsError.None)
            data!.Dispose();
        return error;
    }

    private FsError CreateStore(string dataPath, string sumsPath, out PreserveStore? created)
    {
        created = null;
        FsError error = host.Preserve.CreateFolder(StatePaths.StoreFolder(image.Id));
        IFile? data = null;
        IFile? sums = null;
        if (error == FsError.None)
            error = host.Preserve.OpenIdle(dataPath, StorageOpen.OpenOrCreate, out data);
        if (error == FsError.None)
        {
            error = host.Preserve.OpenIdle(sumsPath, StorageOpen.OpenOrCreate, out sums);
            if (error != FsError.None)
                data!.Dispose();
        }
        if (error == FsError.None)
            error = PreserveStore.Create(data!, sums!, image.Id, Number, out created);
        if (error == FsError.None && host.Durable && SyncNames(host.Preserve, StatePaths.StoreFolder(image.Id), "") is var failed && failed != FsError.None)
            error = host.StopBeingDurable(failed);
        if (error != FsError.None)
        {
            _ = host.Preserve.Delete(dataPath);
            _ = host.Preserve.Delete(sumsPath);
        }
        return error;
    }
}
