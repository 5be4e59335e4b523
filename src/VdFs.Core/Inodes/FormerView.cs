using VdFs.Core.Snapshots;

namespace VdFs.Core.Inodes;

/// <summary>The former cut of a name, whose numbers the next one takes over.</summary>
/// <param name="Files">Its names.</param>
/// <param name="Inodes">Its numbers.</param>
/// <param name="IsUntouched">Whether nothing was written to an image since that cut.</param>
internal sealed record FormerView(FileList Files, ViewInodes Inodes, Func<FileListEntry, bool> IsUntouched);
