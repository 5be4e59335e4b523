using System.IO;
using VdFs.Backup.Native;
using VdFs.Backup.Paths;
using VdFs.Backup.Repositories;
using VdFs.Core.Errors;
using VdFs.Core.Storage;

namespace VdFs.Backup.Restoring;

/// <summary>
/// Restores images of a backup. Each file of the chain is compared with its sum before the first byte of it is believed. A file gets its name only when it is whole
/// and on stable storage; a block device that is too small is refused before its first byte is written. Nothing outside of the target is touched, whatever a manifest says.
/// </summary>
public sealed class RestoreRun(Repository repository, BackupManifest manifest, RestoreOptions options, IProgressObserver observer)
{
    /// <summary>Files whose sums were checked in this run.</summary>
    private readonly HashSet<(RelativePath, string)> known = [];

    /// <summary>The images that words mean: exact paths, or patterns.</summary>
    /// <exception cref="BackupException">One means none.</exception>
    public static IReadOnlyList<BackupImage> Choose(BackupManifest manifest, IReadOnlyList<string> words)
    {
        if (words.Count == 0)
            return manifest.Images;
        var chosen = new SortedDictionary<RelativePath, BackupImage>();
        foreach (string word in words)
        {
            string trimmed = word.TrimStart('/');
            var exact = manifest.Images.FirstOrDefault(i => i.Path.TryGetText(out string text) && text == trimmed);
            var selection = trimmed.Length > 0 ? new Core.Snapshots.ImageSelection([trimmed]) : null;
            var meant = exact is not null ? [exact] : manifest.Images.Where(i => selection?.Takes(i.Path.Bytes) == true).ToList();
            if (meant.Count == 0)
            {
                var missing = manifest.Missing.FirstOrDefault(m => m.Path.TryGetText(out string text) && text == trimmed);
                throw new BackupException(FsError.NotFound, missing is null
                    ? $"The backup {manifest.Id} has no image '{word}'; `vdfs list REPOSITORY@{manifest.Id}` lists its images."
                    : $"'{word}' is missing in the backup {manifest.Id}, since it couldn't be read then: {missing.Reason}");
            }
            foreach (var image in meant)
                chosen[image.Path] = image;
        }
        return [.. chosen.Values];
    }

    /// <summary>Restores images below a folder, each at its own path; all of a backup with its folders and symbolic links.</summary>
    /// <param name="target">Made if it isn't there.</param>
    public void IntoFolder(IReadOnlyList<BackupImage> images, string target, CancellationToken cancellation)
    {
        bool whole = images.Count == manifest.Images.Count;
        MakeTarget(target);
        FsError error = NativeFolder.Open(target, out var folder);
        if (folder is null)
            throw new BackupException(error, $"{target} can't be opened: {ErrorWords.Of(error)}.");
        using (folder)
        {
            foreach (var image in images)
                RefuseExisting(folder, target, image.Path);
            Plan(images);
            if (whole)
            {
                foreach (var one in manifest.Folders)
                    Do(folder.MakeFolder(one.Path, 0x1C0), target, one.Path, "be made");
            }
            foreach (var image in images)
                Restore(folder, target, image, image.Path, cancellation);
            if (whole)
                RestoreTree(folder, target);
        }
    }

    /// <summary>Restores one image to a file or block device.</summary>
    public void ToFile(BackupImage image, string target, CancellationToken cancellation)
    {
        string full = Path.GetFullPath(target);
        string parent = Path.GetDirectoryName(full) ?? "/";
        FsError error = NativeFolder.Open(parent, out var folder);
        if (folder is null)
            throw new BackupException(error, $"The directory {parent} can't be opened: {ErrorWords.Of(error)}.");
        using (folder)
        {
            if (BlockDevice.IsOne(full))
            {
                Plan([image]);
                RestoreDevice(full, image, cancellation);
                return;
            }
            var name = RelativePath.Parse(Path.GetFileName(full));
            RefuseExisting(folder, parent, name);
            Plan([image]);
            Restore(folder, parent, image, name, cancellation);
        }
    }

    private void Plan(IReadOnlyList<BackupImage> images) => observer.Planned(images.Count, images.Sum(i => i.Size));

    private void RefuseExisting(NativeFolder folder, string target, RelativePath path)
    {
        FsError error = folder.Stat(path, out var found);
        if (error == FsError.NotFound)
            return;
        string place = $"{target}/{path}";
        if (error != FsError.None)
            throw new BackupException(error, $"{place} can't be looked at: {ErrorWords.Of(error)}.");
        if (!found.IsRegular)
            throw new BackupException(FsError.AlreadyExists, $"{place} is there and is no file, so it isn't replaced.");
        if (!options.Force)
            throw new BackupException(FsError.AlreadyExists, $"{place} is there already; add --force to replace it.");
        if (FileUse.Find(folder, path) is { } user)
            throw new BackupException(FsError.Busy, $"{place} is in use by {user}, so it isn't replaced; shut the guest down, or restore to another place.");
    }

    private void Restore(NativeFolder folder, string target, BackupImage image, RelativePath path, CancellationToken cancellation)
    {
        using var reader = OpenChecked(image, cancellation);
        Do(folder.MakeFolder(path.Parent, 0x1ED), target, path, "be made");
        var temporary = path.Parent.Append(System.Text.Encoding.ASCII.GetBytes($".vdfs-restore-{Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(8))}"));
        Do(folder.OpenFile(temporary, Libc.O_RDWR | Libc.O_CREAT | Libc.O_EXCL, 0x180, out var file), target, path, "be made");
        try
        {
            using (file!)
            {
                var copy = new ImageWriter(file!, $"{target}/{path}");
                copy.SetLength(image.Size);
                Copy(reader, copy, image, cancellation);
                Do(NativeFolder.Sync(file!), target, path, "be synced");
            }
            SetAttributes(folder, temporary, image.Attributes);
            // Somebody may have made or opened it since.
            RefuseExisting(folder, target, path);
            Do(folder.Rename(temporary, path), target, path, "get its name");
        }
        catch
        {
            _ = folder.Delete(temporary);
            throw;
        }
        Do(folder.SyncFolder(path.Parent), target, path, "be synced");
        observer.Finished(image.Path);
    }

    private void RestoreDevice(string device, BackupImage image, CancellationToken cancellation)
    {
        if (!options.Force)
            throw new BackupException(FsError.AlreadyExists, $"{device} is a block device: all that is on it would be overwritten; add --force if that is meant.");
        using var file = BlockDevice.Open(device, image.Size);
        using var reader = OpenChecked(image, cancellation);
        var copy = new ImageWriter(file, device) { IsDevice = true };
        Copy(reader, copy, image, cancellation);
        FsError error = NativeFolder.Sync(file);
        if (error != FsError.None)
            throw new BackupException(error, $"{device} can't be synced: {ErrorWords.Of(error)}.");
        observer.Finished(image.Path);
    }

    private ImageReader OpenChecked(BackupImage image, CancellationToken cancellation)
    {
        observer.Started(image.Path, image.Size);
        var chain = repository.OpenChain(image);
        try
        {
            chain.Check(known, null, cancellation);
        }
        catch
        {
            chain.Dispose();
            throw;
        }
        return ImageReader.Open(chain);
    }

    private void Copy(ImageReader reader, ImageWriter copy, BackupImage image, CancellationToken cancellation)
    {
        byte[] buffer = GC.AllocateUninitializedArray<byte>(1 << 20);
        long position = 0;
        foreach (var (start, end) in reader.Data(image.Size))
        {
            copy.WriteZeros(position, start - position);
            observer.Advanced(image.Path, start - position);
            for (position = start; position < end;)
            {
                cancellation.ThrowIfCancellationRequested();
                var piece = buffer.AsSpan(0, (int)Math.Min(buffer.Length, end - position));
                FsError error = reader.Read(position, piece, out int read);
                if (error != FsError.None || read != piece.Length)
                    throw new BackupException(error == FsError.None ? FsError.Io : error, $"The backup of '{image.Path}' can't be read at byte {position}.");
                copy.Write(position, piece);
                position += piece.Length;
                observer.Advanced(image.Path, piece.Length);
            }
        }
        copy.WriteZeros(position, image.Size - position);
        observer.Advanced(image.Path, image.Size - position);
    }

    private void RestoreTree(NativeFolder folder, string target)
    {
        foreach (var link in manifest.Links)
        {
            FsError error = folder.MakeSymlink(link.Path, link.Target);
            if (error == FsError.AlreadyExists && options.Force && folder.Stat(link.Path, out var found) == FsError.None && found.IsSymlink)
            {
                _ = folder.Delete(link.Path);
                error = folder.MakeSymlink(link.Path, link.Target);
            }
            Do(error, target, link.Path, "be made as a symbolic link");
            if (options.Owners)
                _ = folder.SetOwner(link.Path, link.Attributes.User, link.Attributes.Group);
            _ = folder.SetModifyTime(link.Path, new(link.Attributes.ModifiedSeconds, link.Attributes.ModifiedNanoseconds));
        }
        // The deepest first: a folder's time changes with what is made in it, and one may lose its permission to be entered.
        foreach (var one in manifest.Folders.Reverse())
            SetAttributes(folder, one.Path, one.Attributes);
    }

    /// <summary>As far as the caller may: without root, owners stay the caller's.</summary>
    private void SetAttributes(NativeFolder folder, RelativePath path, EntryAttributes attributes)
    {
        if (options.Owners)
            _ = folder.SetOwner(path, attributes.User, attributes.Group);
        _ = folder.SetMode(path, attributes.Mode);
        _ = folder.SetModifyTime(path, new TimeSpec(attributes.ModifiedSeconds, attributes.ModifiedNanoseconds));
    }

    private static void MakeTarget(string target)
    {
        try
        {
            Directory.CreateDirectory(target);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BackupException(e is UnauthorizedAccessException ? FsError.AccessDenied : FsError.Io, $"The directory {target} can't be made: {e.Message}", e);
        }
    }

    private static void Do(FsError error, string target, RelativePath path, string what)
    {
        if (error != FsError.None)
            throw new BackupException(error, $"{target}/{path} can't {what}: {ErrorWords.Of(error)}.");
    }
}
