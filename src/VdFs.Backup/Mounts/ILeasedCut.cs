namespace VdFs.Backup.Mounts;

/// <summary>A snapshot that is held for a backup. Disposed of, it is released, if it wasn't by its completion.</summary>
public interface ILeasedCut : IAsyncDisposable
{
    MountCut Cut { get; }

    /// <summary>Random id of the mount's state directory: images are named by it and a number.</summary>
    string StateId { get; }

    /// <summary>Cancelled when the mount gave the snapshot up, or its service died.</summary>
    CancellationToken Lost { get; }
}
