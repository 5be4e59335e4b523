using VdFs.Backup.Mounts;

namespace VdFs.Backup.Tests.Fakes;

/// <summary>A cut of a <see cref="FakeMount"/>, and the images as they were.</summary>
internal sealed record FakeCut(MountCut Cut, int Generation, SortedDictionary<string, FakeImage> Images);
