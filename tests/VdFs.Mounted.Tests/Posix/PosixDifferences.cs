namespace VdFs.Mounted.Tests.Posix;

/// <summary>A case in which the mount differs from its backing filesystem, and why; docs/posix.md has the same sentences.</summary>
/// <param name="Case">Name of the case.</param>
/// <param name="On">What the backing filesystem's answer holds.</param>
/// <param name="Mount">What stands there on the mount.</param>
/// <param name="Reason">One sentence.</param>
public sealed record PosixDifferences(string Case, string On, string Mount, string Reason)
{
    public static IReadOnlyList<PosixDifferences> All { get; } =
    [
    ];

    public static PosixDifferences? Find(string name) => All.FirstOrDefault(d => d.Case == name);

    /// <summary>The mount's answer, made from the backing filesystem's.</summary>
    public string Expect(string bare) => bare.Replace(On, Mount, StringComparison.Ordinal);
}
