namespace VdFs.Fuse.Tests.Session;

public sealed class MountedSessionByReadTests() : MountedSessionTests(byRing: false);
