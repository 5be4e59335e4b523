using System.Runtime.InteropServices;

namespace VdFs.Fuse.Native;

/// <content>Making and removing names.</content>
internal static unsafe partial class Libc
{
    [LibraryImport(Library)]
    public static partial nint readlinkat(int directory, byte* path, byte* buffer, nint size);

    [LibraryImport(Library)]
    public static partial int mknodat(int directory, byte* path, uint mode, ulong device);

    [LibraryImport(Library)]
    public static partial int mkdirat(int directory, byte* path, uint mode);

    [LibraryImport(Library)]
    public static partial int symlinkat(byte* target, int directory, byte* path);

    [LibraryImport(Library)]
    public static partial int linkat(int directory, byte* path, int newDirectory, byte* newPath, int flags);

    [LibraryImport(Library)]
    public static partial int unlinkat(int directory, byte* path, int flags);

    [LibraryImport(Library)]
    public static partial int renameat2(int directory, byte* path, int newDirectory, byte* newPath, uint flags);
}
