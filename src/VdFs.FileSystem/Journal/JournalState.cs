namespace VdFs.FileSystem.Journal;

/// <summary>How far a journaled request came.</summary>
public enum JournalState
{
    /// <summary>The slot says nothing: free, or its writer died while filling it, before it changed anything.</summary>
    None = 0,

    /// <summary>What was there before is written down; the change may have been made.</summary>
    Begun = 1,

    /// <summary>The outcome is written down; the answer may have been sent.</summary>
    Done = 2,
}
