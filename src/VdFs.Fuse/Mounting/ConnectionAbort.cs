using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using VdFs.Fuse.Native;

namespace VdFs.Fuse.Mounting;

/// <summary>The switch that ends a FUSE connection, opened before it is needed: using it then neither allocates nor looks up a path.</summary>
public static unsafe class ConnectionAbort
{
    private const string Folder = "/sys/fs/fuse/connections";

    /// <summary>Opens the switch of a mount's connection.</summary>
    /// <remarks>Where the control filesystem isn't mounted, root gets at it by a mount of its own that stands at no path and ends with this call.</remarks>
    /// <returns>A descriptor, the caller's, which children don't get by themselves; -1: it can't be had, or nothing of FUSE is mounted there.</returns>
    public static int Open(string mountPoint)
    {
        MountEntry? mount = MountTable.Read().LastOrDefault(one => one.MountPoint == mountPoint && one.Type.StartsWith("fuse", StringComparison.Ordinal));
        if (mount is null)
            return -1;
        string name = mount.Minor.ToString(CultureInfo.InvariantCulture) + "/abort";
        int opened = Open(Libc.AT_FDCWD, $"{Folder}/{name}");
        if (opened >= 0)
            return opened;
        int root = MountControl();
        if (root < 0)
            return -1;
        opened = Open(root, name);
        _ = Libc.close(root);
        return opened;
    }

    /// <summary>Ends the connection: all that waits for it, and whoever asks it from now on, gets an error.</summary>
    /// <returns>0, or errno.</returns>
    public static int Use(int descriptor)
    {
        byte one = (byte)'1';
        return FuseLibc.write(descriptor, &one, 1) == 1 ? 0 : Marshal.GetLastSystemError();
    }

    private static int Open(int folder, string path)
    {
        fixed (byte* name = Encoding.UTF8.GetBytes(path + '\0'))
            return Libc.openat(folder, name, Libc.O_WRONLY | Libc.O_CLOEXEC, 0);
    }

    private static int MountControl()
    {
        int context;
        fixed (byte* type = "fusectl\0"u8)
            context = GuardLibc.fsopen(type);
        if (context < 0)
            return -1;
        int root = GuardLibc.fsconfig(context, GuardLibc.ConfigureCreate) == 0 ? GuardLibc.fsmount(context) : -1;
        _ = Libc.close(context);
        return root;
    }
}
