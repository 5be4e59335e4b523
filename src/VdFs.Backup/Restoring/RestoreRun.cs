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
    private readonly List<string> warnings = [];

    /// <summary>What isn't as it was, though the images are.</summary>
    public IReadOnlyList<string> Warnings => warnings;

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
            byte[] bytes = ByteText.Encode(trimmed);
            var exact = manifest.Images.FirstOrDefault(i => i.Path.Bytes.SequenceEqual(bytes));
            var selection = trimmed.Length > 0 ? new Core.Snapshots.ImageSelection([trimmed]) : null;
            var meant = exact is not null ? [exact] : manifest.Images.Where(i => selection?.Takes(i.Path.Bytes) == true).ToList();
            if (meant.Count == 0)
            {
                var missing = manifest.Missing.FirstOrDefault(m => m.Path.Bytes.SequenceEqual(bytes));
                throw new BackupException(FsError.NotFound, missing is null
                    ? $"The backup {manifest.Id} has no image '{ByteText.Show(word)}'{ImageHint.For(word, manifest)}; `vdfs list REPOSITORY@{manifest.Id}` lists its images."
                    : $"'{ByteText.Show(word)}' is missing in the backup {manifest.Id}, since it couldn't be read then: {missing.Reason}");
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
        bool made = MakeTarget(target);
        FsError error = NativeFolder.Open(target, out var folder);
        if (folder is null)
            throw new BackupException(error, $"{target} can't be opened: {ErrorWords.Of(error)}.");
        using (folder)
        {
            foreach (var image in images)
                RefuseExisting(folder, target, image.Path);
            Plan(images);
            var tree = new RestoredTree(manifest, folder, new(folder, options.AllAttributes));
            if (made || (whole && IsEmpty(folder)))
                tree.TakeRoot();
            else if (whole)
                tree.LeaveRoot();
            Do(tree.MakeFolders(whole ? manifest.Folders.Select(f => f.Path) : images.Select(i => i.Path.Parent), whole, out var at), target, at, "be made");
            foreach (var image in images)
                Restore(folder, target, image, image.Path, tree.Attributes, tree.Above(image.Path), cancellation);
            if (whole)
                RestoreLinks(folder, target, tree.Attributes);
            tree.SetFolders();
            Tell(tree.Attributes);
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
            var attributes = new AttributeRestore(folder, options.AllAttributes);
            Restore(folder, parent, image, name, attributes, RestoredTree.AllAbove(manifest, image.Path), cancellation);
            Tell(attributes);
        }
    }

    private void Tell(AttributeRestore attributes)
    {
        warnings.AddRange(attributes.LeftOut.Sentences());
        foreach (string sentence in warnings)
            observer.Warn(sentence);
    }

    /// <summary>Whether nothing of a user's is in it.</summary>
    private static bool IsEmpty(NativeFolder folder) =>
        folder.List(RelativePath.Root, out var entries) == FsError.None
        && entries.TrueForAll(e => e.Name.AsSpan().SequenceEqual("lost+found"u8) || e.Name.AsSpan().SequenceEqual(".snapshots"u8) || e.Name.AsSpan().SequenceEqual(".vdfs"u8));

    private void Plan(IReadOnlyList<BackupImage> images) => observer.Planned(images.Count, images.Total(i => i.Size));

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

    private void Restore(NativeFolder folder, string target, BackupImage image, RelativePath path, AttributeRestore attributes, IReadOnlyList<EntryAttributes> above, CancellationToken cancellation)
    {
        using var reader = OpenChecked(image, cancellation);
        var temporary = path.Parent.Append(System.Text.Encoding.ASCII.GetBytes($".vdfs-restore-{Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(8))}"));
        Do(folder.OpenFile(temporary, Libc.O_RDWR | Libc.O_CREAT | Libc.O_EXCL, 0x180, out var file), target, path, "be made");
        try
        {
            using (file!)
            {
                var copy = new ImageWriter(file!, $"{target}/{path}");
                copy.SetLength(image.Size);
                Copy(reader, copy, image, cancellation);
                attributes.Set(file!, path, image.Attributes, above);
                _ = folder.SetModifyTime(temporary, new(image.Attributes.ModifiedSeconds, image.Attributes.ModifiedNanoseconds));
                Do(NativeFolder.Sync(file!), target, path, "be synced");
            }
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
        observer.Finished(image.Path, "restored");
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
        observer.Finished(image.Path, "restored");
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

    private void RestoreLinks(NativeFolder folder, string target, AttributeRestore attributes)
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
            attributes.SetLink(link.Path, link.Attributes);
        }
    }

    /// <summary>Whether a path as typed leads to a folder.</summary>
    public static bool IsFolder(string path) => NativeFolder.IsFolder(path);

    /// <returns>Whether it wasn't there.</returns>
    private bool MakeTarget(string target)
    {
        if (NativeFolder.IsFolder(target))
            return false;
        string full = Path.TrimEndingDirectorySeparator(target);
        // The caller's alone until it has the mode that the tree's root had.
        FsError error = Make(full, manifest.Root is null ? 0x1FFu : 0x1C0u);
        return error == FsError.None ? true : throw new BackupException(error, $"The directory {full} can't be made: {ErrorWords.Of(error)}.");
    }

    private static FsError Make(string path, uint mode)
    {
        string above = Path.GetDirectoryName(path) ?? "/";
        FsError error = NativeFolder.Open(above, out var folder);
        if (error == FsError.NotFound && above != path && (error = Make(above, 0x1FF)) == FsError.None)
            error = NativeFolder.Open(above, out folder);
        using (folder)
            return error == FsError.None ? folder!.MakeFolder(RelativePath.Parse(Path.GetFileName(path)), mode) : error;
    }

    private static void Do(FsError error, string target, RelativePath path, string what)
    {
        if (error != FsError.None)
            throw new BackupException(error, $"{target}/{path} can't {what}: {ErrorWords.Of(error)}.");
    }
}
