using VdFs.Fuse.Mounting;

namespace VdFs.Cli.Mounting;

/// <summary>What commands ask of a line of the kernel's table.</summary>
internal static class MountEntries
{
    extension(MountEntry mount)
    {
        public bool IsVdFs => mount.Type == KernelMount.Type;

        public bool IsFuse => mount.Type is "fuse" or "fuseblk" || mount.Type.StartsWith("fuse.", StringComparison.Ordinal);

        /// <summary>The user who mounted it; null if it isn't FUSE.</summary>
        public uint? Owner
        {
            get
            {
                foreach (var word in mount.FileSystemOptions.Split(','))
                {
                    if (word.StartsWith("user_id=", StringComparison.Ordinal) && uint.TryParse(word.AsSpan(8), out uint user))
                        return user;
                }
                return null;
            }
        }
    }
}
