namespace VdFs.Fuse.Native;

/// <summary>How wide a terminal is, without the framework's console, which sends it escape sequences when first asked for anything.</summary>
public static unsafe class TerminalSize
{
    private const nuint GetWindowSize = 0x5413; // TIOCGWINSZ

    /// <summary>Columns of the terminal that a descriptor is; null: it is none, or doesn't know.</summary>
    public static int? Columns(int descriptor)
    {
        ushort* size = stackalloc ushort[4];
        return Libc.ioctl(descriptor, GetWindowSize, size) == 0 && size[1] > 0 ? size[1] : null;
    }
}
