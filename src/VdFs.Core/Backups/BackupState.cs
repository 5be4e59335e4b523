namespace VdFs.Core.Backups;

/// <summary>What a cut is to the repository that it was made for. The values stand in the catalog.</summary>
public enum BackupState
{
    /// <summary>Not cut for a backup.</summary>
    None = 0,

    /// <summary>A backup reads it; when that one's connection ends, it is released.</summary>
    Leased = 1,

    /// <summary>The backup ended without having said that it is complete. It may be: the repository knows.</summary>
    Ended = 2,

    /// <summary>The newest complete backup of its repository: what the next one builds on.</summary>
    Complete = 3,
}
