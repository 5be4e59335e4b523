using VdFs.Core.Storage;
using VdFs.FileSystem.Backing;
using VdFs.FileSystem.Journal;

namespace VdFs.FileSystem.Tree;

/// <summary>How a mount is to look.</summary>
public sealed record TreeOptions
{
    /// <summary>The root's listing has `.snapshots`; else it is only found by its name, and what walks the tree passes it by.</summary>
    public bool ShowSnapshots { get; init; }

    /// <summary>Tells who is about to remove a snapshot while walking a tree; null: nobody can tell.</summary>
    public IOpenFolders? OpenFolders { get; init; }

    /// <summary>Nothing is opened for writing. The platform refuses it already, until the mount is remounted.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>
    /// Has the kernel read open files by itself; null: the daemon reads. For read-only mounts only: what is written past the daemon isn't recorded, and who reads past it
    /// keeps writers out.
    /// </summary>
    public IPassthrough? Passthrough { get; init; }

    /// <summary>How long clients may remember names and attributes of the live tree. What goes through the mount they learn at once.</summary>
    public TimeSpan Remember { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Takes what happened to a command that a client gave by mkdir, rmdir or mv and could be told only by an error number.</summary>
    public Action<string> Log { get; init; } = static _ => { };

    /// <summary>Requests that must not be done twice; null: nobody asks again after this process's end.</summary>
    public RequestJournal? Journal { get; init; }

    /// <summary>Keeps the number of descriptors in bounds that are open for want of a reason to close them.</summary>
    public IdleDescriptors Descriptors { get; init; } = new();

    /// <summary>Who keeps references to files without a name for a later worker; null: they end with this process.</summary>
    public IReferenceKeeper? Keeper { get; init; }
}
