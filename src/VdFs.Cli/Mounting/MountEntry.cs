namespace VdFs.Cli.Mounting;

/// <summary>One line of /proc/self/mountinfo (proc(5)), unescaped.</summary>
/// <param name="Id">Mount id.</param>
/// <param name="Parent">Mount id of the mount that it lies in.</param>
/// <param name="Major">Major device number of the filesystem.</param>
/// <param name="Minor">Minor device number; for FUSE the number of the connection in /sys/fs/fuse/connections.</param>
/// <param name="MountPoint">Absolute path.</param>
/// <param name="Type">Filesystem type, such as `fuse.vdfs`.</param>
/// <param name="Source">What was mounted; for VdFs the backing directory.</param>
/// <param name="SuperOptions">Options of the filesystem, separated by commas.</param>
public sealed record MountEntry(
    int Id, int Parent, int Major, int Minor, string MountPoint, string Type, string Source, string SuperOptions)
{
    public const string VdFsType = "fuse.vdfs";

    public bool IsVdFs => Type == VdFsType;

    public bool IsFuse => Type is "fuse" or "fuseblk" || Type.StartsWith("fuse.", StringComparison.Ordinal);

    /// <summary>The user who mounted it (FUSE's user_id=); null if it doesn't say.</summary>
    public uint? Owner
    {
        get
        {
            foreach (var word in SuperOptions.Split(','))
                if (word.StartsWith("user_id=", StringComparison.Ordinal) && uint.TryParse(word.AsSpan(8), out uint user))
                    return user;
            return null;
        }
    }
}
