using VdFs.Backup.Repositories;

namespace VdFs.Backup.Mounts;

/// <summary>All that a view shows, each in the order of paths. Devices, pipes and sockets are left out.</summary>
internal sealed record ViewTree(IReadOnlyList<ViewImage> Images, IReadOnlyList<BackupFolder> Folders, IReadOnlyList<BackupLink> Links);
