using VdFs.Backup.Paths;

namespace VdFs.Backup.Repositories;

/// <summary>An open file of a chain, and the form in which it was found.</summary>
internal sealed record ChainLink(RelativePath File, FileRecord Record, FileForm Form, IStoredFile Data);
