namespace VdFs.Fuse.Tests.Backing;

/// <summary>The same on tmpfs.</summary>
public sealed class LinuxStorageOnTmpfsTests() : LinuxStorageTests("/dev/shm");
