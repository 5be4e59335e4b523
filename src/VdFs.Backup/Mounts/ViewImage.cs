using VdFs.Backup.Paths;
using VdFs.Backup.Repositories;

namespace VdFs.Backup.Mounts;

/// <summary>A regular file of a view.</summary>
internal sealed record ViewImage(RelativePath Path, long Size, EntryAttributes Attributes);
