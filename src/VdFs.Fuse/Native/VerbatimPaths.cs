using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace VdFs.Fuse.Native;

/// <summary>
/// SQLite's own way to files with one difference: paths are taken as they are. SQLite else resolves symbolic links by itself, so that
/// /proc/self/fd/N/catalog.db becomes the path at which the directory once was opened, which a mount may hide by now.
/// </summary>
/// <remarks>A copy of SQLite's default VFS (struct sqlite3_vfs of sqlite3.h), registered once and kept for ever, as SQLite demands.</remarks>
public static unsafe partial class VerbatimPaths
{
    private const string Library = "e_sqlite3";
    private const string Name = "vdfs-verbatim";

    private const int Ok = 0;
    private const int CanNotOpen = 14;

    /// <summary>sizeof(sqlite3_vfs) of version 3 on 64 bits: three ints, padding, three pointers, sixteen functions.</summary>
    private const int StructSize = 168;

    private static readonly Lazy<string?> Registered = new(RegisterOnce);

    /// <summary>The name to open databases with; null if SQLite has no VFS of the known layout (then paths are resolved).</summary>
    public static string? Register() => Registered.Value;

    private static string? RegisterOnce()
    {
        Vfs* standard = sqlite3_vfs_find(null);
        if (standard == null || standard->Version < 3)
            return null;
        var vfs = (Vfs*)NativeMemory.Alloc(StructSize);
        NativeMemory.Copy(standard, vfs, StructSize);
        vfs->Next = null;
        vfs->Name = (byte*)Marshal.StringToCoTaskMemUTF8(Name);
        vfs->FullPathname = &FullPathname;
        return sqlite3_vfs_register(vfs, 0) == Ok ? Name : null;
    }

    /// <summary>xFullPathname: the path itself.</summary>
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int FullPathname(Vfs* vfs, byte* path, int capacity, byte* full)
    {
        ReadOnlySpan<byte> text = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(path);
        if (text.Length >= capacity)
            return CanNotOpen;
        text.CopyTo(new Span<byte>(full, capacity));
        full[text.Length] = 0;
        return Ok;
    }

    [LibraryImport(Library)]
    private static partial Vfs* sqlite3_vfs_find(byte* name);

    [LibraryImport(Library)]
    private static partial int sqlite3_vfs_register(Vfs* vfs, int makeDefault);

    [StructLayout(LayoutKind.Explicit, Size = StructSize)]
    private struct Vfs
    {
        [FieldOffset(0)] public int Version;
        [FieldOffset(16)] public Vfs* Next;
        [FieldOffset(24)] public byte* Name;

        // pAppData@32, xOpen@40, xDelete@48, xAccess@56.
        [FieldOffset(64)] public delegate* unmanaged[Cdecl]<Vfs*, byte*, int, byte*, int> FullPathname;
    }
}
