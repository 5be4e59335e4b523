using System.IO;
using VdFs.Core.Checksums;
using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Storage;

namespace VdFs.Core.Deltas;

/// <summary>
/// Layouts in the state directory, for later workers. Written under another name and renamed, without a sync: who needs a layout to stay as it was is a client of the mount, and no client
/// outlives the machine. What is missing or damaged is computed anew. Never takes the reserve, nor the last of the room.
/// </summary>
/// <param name="state">The state directory, without its reserve.</param>
internal sealed class DeltaStore(IStorage state)
{
    /// <summary>This part of the filesystem is left free.</summary>
    private const int RoomLeft = 64;

    /// <summary>Ends the name of one that is being written.</summary>
    public const string New = ".new";

    public static uint SumOf(byte[] stored) => BitConverter.ToUInt32(stored, stored.Length - 4);

    /// <returns>Whether another worker will find it.</returns>
    public bool Write(Delta delta, int index, byte[] bytes)
    {
        if (state.GetSpace(out long free, out long total) == FsError.None && free - bytes.LongLength < total / RoomLeft)
            return false;
        string path = StatePaths.DeltaLayout(delta.Number, index);
        FsError error = state.CreateFolder(StatePaths.DeltaFolder(delta.Number));
        IFile? file = null;
        if (error == FsError.None)
            error = state.Open(path + New, StorageOpen.OpenOrCreate, out file);
        if (error != FsError.None)
            return false;
        using (file)
        {
            error = file!.SetLength(0);
            if (error == FsError.None)
                error = file.Write(0, bytes, out _);
        }
        if (error == FsError.None)
            error = state.Rename(path + New, path);
        if (error != FsError.None)
            _ = state.Delete(path + New);
        return error == FsError.None;
    }

    /// <summary>Null: it isn't there, or damaged.</summary>
    public DeltaImage? Read(Delta delta, int index, ImageId image, out uint sum)
    {
        sum = 0;
        if (ReadAll(state, StatePaths.DeltaLayout(delta.Number, index)) is not { } bytes)
            return null;
        try
        {
            DeltaImage read = DeltaImageFormat.Read(bytes, index, image, delta);
            sum = SumOf(bytes);
            return read;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    /// <summary>Removes the layouts of a delta; what can't be removed goes at the next start.</summary>
    public void Remove(long delta)
    {
        string folder = StatePaths.DeltaFolder(delta);
        var files = new List<string>();
        if (state.List(folder, files) != FsError.None)
            return;
        foreach (string file in files)
            _ = state.Delete($"{folder}/{file}");
        _ = state.DeleteFolder(folder);
    }

    /// <summary>At start: what is left of deltas that are not among these. Files of others are left alone.</summary>
    public void Sweep(IReadOnlyCollection<long> deltas)
    {
        var folders = new List<string>();
        if (state.List(StatePaths.Deltas, folders) != FsError.None)
            return;
        foreach (long gone in folders.Select(StatePaths.DeltaOf).Where(n => n >= 0 && !deltas.Contains(n)))
            Remove(gone);
    }

    /// <summary>Null: it isn't there, can't be read, or can't be a layout.</summary>
    public static byte[]? ReadAll(IStorage state, string path)
    {
        if (state.Open(path, StorageOpen.Existing, out IFile? file) != FsError.None)
            return null;
        using (file)
        {
            if (file!.GetLength(out long length) != FsError.None || length > DeltaImageFormat.MaxLength)
                return null;
            byte[] bytes = new byte[length];
            return file.Read(0, bytes, out int read) == FsError.None && read == bytes.Length ? bytes : null;
        }
    }
}
