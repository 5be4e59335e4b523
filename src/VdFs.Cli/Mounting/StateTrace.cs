using System.IO;
using System.Text;
using VdFs.Core.Errors;
using VdFs.Core.Storage;
using VdFs.Fuse.Backing;
using VdFs.Fuse.Native;

namespace VdFs.Cli.Mounting;

/// <summary>
/// Where the state of a directory of images lies, noted beside the images if it is elsewhere (`.vdfs/state-directory`, the path and nothing else). So that a mount with another one, which would
/// drop all history, can say so.
/// </summary>
internal static class StateTrace
{
    private const string Place = ".vdfs/state-directory";
    private const string Catalog = "catalog.db";
    private const int LongestPath = 4096;

    /// <summary>What a mount's owner should be told; null: nothing.</summary>
    public static string? Warning(MountRequest request)
    {
        var usual = Usual(request);
        if (LinuxStorage.Open(request.BackingDirectory, create: false, out var storage) != FsError.None)
            return null;
        using (storage)
            return Warning(request, usual, Read(storage!) ?? usual);
    }

    private static string? Warning(MountRequest request, string usual, string former)
    {
        if (former == request.StateDirectory || !File.Exists($"{former}/{Catalog}"))
            return null;
        var way = former == usual ? "leave --state out" : $"--state {former}";
        return File.Exists($"{request.StateDirectory}/{Catalog}")
            ? $"these images were mounted last with the state in {former}; what happened since then isn't in {request.StateDirectory}. To go on with the former one, unmount and mount again: {way}."
            : $"these images were mounted with the state in {former} before; {request.StateDirectory} is a new one, without their snapshots and change records, and the next backups are full ones. To go on with the former one, unmount and mount again: {way}.";
    }

    /// <summary>Notes which state is in use now. Where that can't be written, the next mount says nothing.</summary>
    /// <param name="request">What is mounted.</param>
    /// <param name="backing">The backing directory; stays the caller's. A user may own it: nothing is reached by a symbolic link.</param>
    public static void Note(MountRequest request, int backing)
    {
        using var storage = LinuxStorage.FromDescriptor(ProcessCalls.Duplicate(backing));
        if (request.StateDirectory == Usual(request))
        {
            _ = storage.Delete(Place);
            return;
        }
        if (Read(storage) == request.StateDirectory)
            return;
        _ = storage.CreateFolder(".vdfs");
        if (storage.Open(Place, StorageOpen.OpenOrCreate, out var file) != FsError.None)
            return;
        using (file)
        {
            if (file!.SetLength(0) == FsError.None)
                _ = file.Write(0, Encoding.UTF8.GetBytes(request.StateDirectory), out _);
        }
    }

    private static string Usual(MountRequest request) => request.BackingDirectory.TrimEnd('/') + "/.vdfs";

    /// <summary>Null: it isn't noted, or by somebody else.</summary>
    private static string? Read(LinuxStorage storage)
    {
        if (storage.Open(Place, StorageOpen.Existing, out var file) != FsError.None)
            return null;
        using (file)
        {
            byte[] bytes = new byte[LongestPath];
            if (file!.Read(0, bytes, out int length) != FsError.None)
                return null;
            var path = Encoding.UTF8.GetString(bytes, 0, length);
            return path.StartsWith('/') && !path.Any(char.IsControl) ? path : null;
        }
    }
}
