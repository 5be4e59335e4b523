using VdFs.Backup.Repositories;

namespace VdFs.Backup.Mounts;

/// <summary>All that a view shows, each in the order of paths. Devices, pipes and sockets are left out.</summary>
/// <param name="Root">Attributes of the root directory.</param>
internal sealed record ViewTree(EntryAttributes Root, IReadOnlyList<ViewImage> Images, IReadOnlyList<BackupFolder> Folders, IReadOnlyList<BackupLink> Links);
