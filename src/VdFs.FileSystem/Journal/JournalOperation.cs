namespace VdFs.FileSystem.Journal;

/// <summary>What a journaled request does, and with that, how it is seen whether it did.</summary>
public enum JournalOperation
{
    None = 0,

    /// <summary>Makes a name: a file, a folder, a link. It took effect if the name was not there before and is there now.</summary>
    Make = 1,

    /// <summary>Takes a name away. It took effect if the name no longer leads to the file that it led to.</summary>
    Remove = 2,

    /// <summary>Renames. It took effect if the new name leads to the file that the old one led to.</summary>
    Rename = 3,

    /// <summary>Changes a file so that doing it again changes nothing more; only its outcome counts.</summary>
    Change = 4,

    /// <summary>Adds an extended attribute that must not be there.</summary>
    AddAttribute = 5,

    /// <summary>Takes an extended attribute away.</summary>
    RemoveAttribute = 6,

    /// <summary>Cuts, releases, forgets or renames a snapshot; seen by its number.</summary>
    Snapshot = 7,
}
