namespace VdFs.Core.Backups;

/// <summary>What a backup asks for when it begins.</summary>
/// <param name="Repository">The repository's id, 32 hexadecimal digits.</param>
/// <param name="LastBackup">Id of the cut of its newest complete backup, 32 hexadecimal digits; null: it has none.</param>
/// <param name="Name">Of the snapshot that is cut.</param>
/// <param name="Patterns">Of a selection of images; empty: everything.</param>
public sealed record BackupStart(string Repository, string? LastBackup, string Name, IReadOnlyList<string> Patterns);
