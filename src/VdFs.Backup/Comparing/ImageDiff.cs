using VdFs.Backup.Paths;
using VdFs.Core.Snapshots;

namespace VdFs.Backup.Comparing;

/// <summary>What became of an image between two backups.</summary>
/// <param name="Path">In the newer one; of a deleted one in the older.</param>
/// <param name="FormerPath">In the older one, if that was another; else null.</param>
/// <param name="Change">"same", "renamed", "changed", "new" or "deleted".</param>
/// <param name="Extents">What differs, in bytes, ascending; may reach past the end of the shorter one.</param>
public sealed record ImageDiff(RelativePath Path, RelativePath? FormerPath, string Change, long OldSize, long NewSize, IReadOnlyList<Extent> Extents);
