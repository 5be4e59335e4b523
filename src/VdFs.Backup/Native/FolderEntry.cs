namespace VdFs.Backup.Native;

/// <summary>A name in a folder, and its type bits as in st_mode; 0 if the filesystem doesn't say.</summary>
internal readonly record struct FolderEntry(byte[] Name, uint Type);
