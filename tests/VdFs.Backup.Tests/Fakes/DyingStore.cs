using VdFs.Backup.Paths;
using VdFs.Backup.Repositories;
using VdFs.Core.Errors;

namespace VdFs.Backup.Tests.Fakes;

/// <summary>
/// Dies after so many steps: every call from then on throws, and nothing is tidied up, as by a kill. A commit that is the last step is done or not, by what is asked
/// for; or the store gets full there, and goes on.
/// </summary>
internal sealed class DyingStore(IRepositoryStore inner, int steps, DeathKind kind) : IRepositoryStore
{
    private readonly Lock guard = new();
    private readonly List<IDisposable> held = [];
    private int left = steps;

    public bool Died { get; private set; }

    public string Place => inner.Place;

    public IStoredFile Open(RelativePath path)
    {
        ThrowIfDead();
        return inner.Open(path);
    }

    public IStoreWriter Create(RelativePath path)
    {
        Step(path, null);
        return new DyingWriter(this, inner.Create(path), path);
    }

    public void Delete(RelativePath path) => Step(path, () => inner.Delete(path));

    public bool Exists(RelativePath path)
    {
        ThrowIfDead();
        return inner.Exists(path);
    }

    public bool HoldsOtherThings()
    {
        ThrowIfDead();
        return inner.HoldsOtherThings();
    }

    public IReadOnlyList<RelativePath> List(RelativePath folder)
    {
        ThrowIfDead();
        return inner.List(folder);
    }

    public IDisposable Lock()
    {
        ThrowIfDead();
        return inner.Lock();
    }

    public void ClearUncommitted() => Step(RelativePath.Root, inner.ClearUncommitted);

    public void Dispose() => inner.Dispose();

    /// <summary>Counts a step; the one that dies takes effect or not.</summary>
    private void Step(RelativePath path, Action? action)
    {
        lock (guard)
        {
            ThrowIfDead();
            if (left-- == 0)
            {
                if (kind == DeathKind.Full)
                    throw new BackupException(FsError.NoSpace, $"'{path}' can't be written: no space left.");
                Died = true;
                if (kind == DeathKind.After)
                    action?.Invoke();
                ThrowIfDead();
            }
            action?.Invoke();
        }
    }

    private void ThrowIfDead()
    {
        if (Died)
            throw new DeathException();
    }

    private sealed class DyingWriter(DyingStore store, IStoreWriter inner, RelativePath path) : IStoreWriter
    {
        public long Length => inner.Length;

        public void Write(ReadOnlySpan<byte> data)
        {
            store.Step(path, null);
            inner.Write(data);
        }

        public void WriteZeros(long length)
        {
            store.ThrowIfDead();
            inner.WriteZeros(length);
        }

        public void Commit() => store.Step(path, inner.Commit);

        public void Dispose()
        {
            // The dead leave their temporary files.
            if (store.Died)
                store.held.Add(inner);
            else
                inner.Dispose();
        }
    }
}
