using VdFs.Backup.Paths;

namespace VdFs.Backup.Pruning;

/// <summary>A file and those directly below it in its chain that are to become one.</summary>
/// <param name="File">Keeps its name and content id.</param>
/// <param name="Content">The content id.</param>
/// <param name="Count">How many files, itself included; at least 2.</param>
internal sealed record MergePlan(RelativePath File, string Content, int Count);
