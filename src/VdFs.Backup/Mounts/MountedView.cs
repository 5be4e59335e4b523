using System.IO;
using System.Text;
using VdFs.Backup.Native;
using VdFs.Backup.Paths;
using VdFs.Backup.Repositories;
using VdFs.Core.Deltas;
using VdFs.Core.Errors;
using VdFs.Core.Qcow2;
using FileAttributes = VdFs.Core.Storage.FileAttributes;

namespace VdFs.Backup.Mounts;

/// <summary>A held snapshot, read as any tool reads it: through the files below <c>.snapshots</c>.</summary>
internal sealed class MountedView : IDisposable
{
    private static readonly RelativePath Snapshots = RelativePath.Parse(".snapshots");

    private readonly NativeFolder mount;
    private readonly string mountPoint;
    private readonly MountCut cut;
    private readonly RelativePath view;

    private MountedView(NativeFolder mount, string mountPoint, MountCut cut)
    {
        this.mount = mount;
        this.mountPoint = mountPoint;
        this.cut = cut;
        view = Snapshots.Append(Encoding.UTF8.GetBytes(cut.Name));
    }

    public static MountedView Open(string mountPoint, MountCut cut)
    {
        FsError error = NativeFolder.Open(mountPoint, out var mount);
        return mount is not null ? new(mount, mountPoint, cut) : throw new BackupException(error, $"The mount {mountPoint} can't be opened: {ErrorWords.Of(error)}.");
    }

    /// <summary>Reads the whole tree of the snapshot.</summary>
    public ViewTree ReadTree(CancellationToken cancellation)
    {
        var images = new List<ViewImage>();
        var folders = new List<BackupFolder>();
        var links = new List<BackupLink>();
        ReadFolder(RelativePath.Root, images, folders, links, cancellation);
        return new(ReadAttributes(RelativePath.Root, out _), [.. images.OrderBy(i => i.Path)], [.. folders.OrderBy(f => f.Path)], [.. links.OrderBy(l => l.Path)]);
    }

    public ViewFile OpenImage(RelativePath path)
    {
        FsError error = mount.OpenFile(view.Append(path), Libc.O_RDONLY | Libc.O_NONBLOCK, 0, out var file);
        if (file is null)
            throw Failed(path, error);
        error = NativeFolder.Stat(file, out var attributes);
        if (error == FsError.None)
            return new(file, attributes.Size);
        file.Dispose();
        throw Failed(path, error);
    }

    /// <summary>What the mount says about an image between an older cut and this one.</summary>
    /// <param name="from">Null: about the image alone.</param>
    /// <returns>Null if the mount doesn't show that: it doesn't know the older cut, or shows no such delta.</returns>
    public DeltaDescription? Describe(RelativePath path, MountCut? from)
    {
        var folder = Snapshots.Append(Encoding.UTF8.GetBytes($"{from?.Name}..{cut.Name}"));
        var place = folder.Append(path.Parent).Append(Qcow2Names.Json(path.Name, cut.Time));
        FsError error = mount.OpenFile(place, Libc.O_RDONLY | Libc.O_NONBLOCK, 0, out var file);
        if (error is FsError.NotFound)
            return null;
        if (file is null)
            throw Failed(path, error);
        using (file)
        {
            error = NativeFolder.Stat(file, out var attributes);
            byte[] bytes = new byte[error == FsError.None ? attributes.Size : 0];
            int read = 0;
            if (error == FsError.None)
                error = FileReading.Read(file, 0, bytes, out read);
            if (error != FsError.None)
                throw Failed(path, error);
            try
            {
                var description = DeltaDescription.Read(bytes.AsMemory(0, read));
                bool fits = description.To.CutId == cut.CutId && (description.Full || description.From?.CutId == from?.CutId);
                return fits ? description : throw new InvalidDataException("it speaks of other cuts");
            }
            catch (InvalidDataException e)
            {
                throw new BackupException(FsError.NotSupported, $"{mountPoint}/{place} can't be understood: {e.Message}; use the same version of vdfs as the mount.", e);
            }
        }
    }

    public void Dispose() => mount.Dispose();

    private void ReadFolder(RelativePath folder, List<ViewImage> images, List<BackupFolder> folders, List<BackupLink> links, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        FsError error = mount.List(view.Append(folder), out var entries);
        if (error != FsError.None)
            throw Failed(folder, error);
        foreach (var entry in entries)
        {
            var path = folder.Append(entry.Name);
            var attributes = ReadAttributes(path, out var found);
            if (found.IsRegular)
            {
                images.Add(new(path, found.Size, attributes));
            }
            else if (found.IsDirectory)
            {
                folders.Add(new(path, attributes));
                ReadFolder(path, images, folders, links, cancellation);
            }
            else if (found.IsSymlink)
            {
                error = mount.ReadLink(view.Append(path), out byte[] target);
                if (error != FsError.None)
                    throw Failed(path, error);
                links.Add(new(path, target, attributes));
            }
        }
    }

    private EntryAttributes ReadAttributes(RelativePath path, out FileAttributes found)
    {
        FsError error = mount.OpenFile(view.Append(path), Libc.O_PATH, 0, out var file);
        if (file is null)
            throw Failed(path, error);
        using (file)
        {
            List<ExtendedAttribute> extended = [];
            error = NativeFolder.Stat(file, out found);
            if (error == FsError.None)
                error = ExtendedAttributes.Read(file, extended);
            if (error != FsError.None)
                throw Failed(path, error);
            // The mount's own answer about the view, which the image doesn't have.
            extended.RemoveAll(a => a.Name.AsSpan().SequenceEqual("user.vdfs.state"u8));
            return new(found.Mode & 0xFFF, found.Uid, found.Gid, found.ModifyTime.Seconds, found.ModifyTime.Nanoseconds, extended.Count > 0 ? extended : null);
        }
    }

    /// <summary>That an image, or something else of the snapshot, can't be read, and why, as the mount says while the snapshot is there to be asked.</summary>
    public ViewException Failed(RelativePath path, FsError error) => new(
        error == FsError.NotFound ? FsError.Io : error,
        $"'{path}' in the snapshot {cut.Name} of {mountPoint} can't be read: {Reason(path) ?? ErrorWords.Of(error) + "; the log of the mount says more"}.");

    private string? Reason(RelativePath path)
    {
        if (mount.OpenFile(view.Append(path), Libc.O_PATH, 0, out var file) != FsError.None)
            return null;
        using (file!)
            return ExtendedAttributes.Get(file!, "user.vdfs.state"u8) is { } state && Encoding.UTF8.GetString(state) is var text && text != "whole" ? text : null;
    }
}
