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
        new("Collapsing_and_inserting_ranges", "collapse=ok; insert=ok", "collapse=EOPNOTSUPP; insert=EOPNOTSUPP",
            "The kernel's FUSE passes on no fallocate but plain, keep-size, punch-hole and zero-range."),
        new("Set_ids_after_a_change_of_owner_to_nobody_by_others", "root=ok; mode=777; stranger=EPERM; mode=6777", "root=ok; mode=6777; stranger=ok; mode=6777",
            "The kernel's FUSE sends the same request for chown(2) with both ids -1 as before a write, so only an owner who isn't root clears set-id bits with it."),
        new("An_append_only_file", "set=0", "set=1 chattr: Operation not supported while setting flags on f",
            "VdFs opens images for reading and writing at any offset, which the kernel refuses on an append-only file, so it doesn't make one."),
        new("Handles_of_files_and_folders", "file=ok; folder=ok", "file=EOPNOTSUPP; folder=EOPNOTSUPP",
            "Node ids don't outlive the kernel's memory of a file, so a handle would fail later; it is refused at once."),
        new("Direct_writes_that_are_not_aligned", "offset=EINVAL; length=EINVAL; memory=EINVAL", "offset=4096; length=1000; memory=4096",
            "FUSE asks for no alignment of O_DIRECT, and VdFs can serve any: what the backing filesystem takes is taken, and more."),
    ];

    public static PosixDifferences? Find(string name) => All.FirstOrDefault(d => d.Case == name);

    /// <summary>The mount's answer, made from the backing filesystem's.</summary>
    public string Expect(string bare) => bare.Replace(On, Mount, StringComparison.Ordinal);
}
