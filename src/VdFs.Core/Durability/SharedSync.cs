using VdFs.Core.Errors;
using VdFs.Core.Storage;

namespace VdFs.Core.Durability;

/// <summary>Syncs of one file that its writers share: a sync covers whoever had written when it began. Safe from any thread; owns nothing.</summary>
internal sealed class SharedSync(IFile file)
{
    private readonly Lock syncing = new();
    private long written;
    private long synced;

    /// <summary>Returns when what the caller wrote before is on stable storage.</summary>
    public FsError Wait()
    {
        long mine = Interlocked.Increment(ref written);
        lock (syncing)
        {
            if (synced >= mine)
                return FsError.None;
            long covered = Volatile.Read(ref written);
            FsError error = file.Sync(dataOnly: true);
            if (error == FsError.None)
                synced = covered;
            return error;
        }
    }
}
