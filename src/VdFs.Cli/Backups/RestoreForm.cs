using System.IO;
using VdFs.Backup.Repositories;
using VdFs.Backup.Restoring;
using VdFs.Fuse.Native;

namespace VdFs.Cli.Backups;

/// <summary>What `vdfs restore` makes of what was typed: files at their paths, one file, a stream, or a qcow2 file.</summary>
internal static class RestoreForm
{
    public enum Kind
    {
        /// <summary>Files as they were: below a directory, or a single one.</summary>
        Files,

        /// <summary>The bytes of one image, to standard output.</summary>
        Stream,

        /// <summary>One image as a qcow2 disk.</summary>
        Qcow2,
    }

    /// <exception cref="CommandFailedException">It can't be meant, or is meant in two ways.</exception>
    public static Kind Of(string? format, IReadOnlyList<BackupImage> images, string[] words, bool toOutput)
    {
        if (format is not (null or "raw" or "qcow2"))
            throw new CommandFailedException(ExitCode.Usage, $"--format is raw or qcow2, not '{format}'.");
        string target = words[^1];
        bool folder = target.EndsWith('/') || Directory.Exists(target);
        bool single = words.Length > 1 && images.Count == 1 && !folder;
        if (!folder && !toOutput && words.Length > 1 && images.Count > 1 && !Directory.Exists(target) && words[..^1].All(word => !word.AsSpan().ContainsAny("*?")) && words.Length == 2)
        {
            throw new CommandFailedException(ExitCode.Usage,
                $"'{words[0]}' means {images.Count} images ({string.Join(", ", images.Take(4).Select(image => image.Path))}{(images.Count > 4 ? ", …" : "")}); name one by its whole path, or end TARGET with / to have all of them below it.");
        }
        if (toOutput)
        {
            if (!single)
                throw new CommandFailedException(ExitCode.Usage, $"Standard output takes one image, and {(words.Length == 1 ? "none was named" : $"{images.Count} were named")}: vdfs restore REPOSITORY IMAGE -");
            return format == "qcow2" ? throw new CommandFailedException(ExitCode.Usage, "A qcow2 file isn't written in one go; name a file for it, or leave --format out.") : Kind.Stream;
        }
        bool byName = format is null && single && target.EndsWith(".qcow2", StringComparison.OrdinalIgnoreCase) && !images[0].Path.ToString().EndsWith(".qcow2", StringComparison.OrdinalIgnoreCase);
        if (format != "qcow2" && !byName)
            return Kind.Files;
        return single ? Kind.Qcow2 : throw new CommandFailedException(ExitCode.Usage, "--format qcow2 is for one image and a file: vdfs restore REPOSITORY IMAGE FILE --format qcow2");
    }

    /// <summary>Restores one image in a form that isn't a file of its own.</summary>
    public static bool Run(Kind form, Repository repository, BackupImage image, string target, bool force, CopyProgress progress, CancellationToken cancellation)
    {
        var run = new StreamRestore(repository, progress);
        if (form == Kind.Qcow2)
        {
            run.ToQcow2(image, target, force, cancellation);
            return true;
        }
        using var stream = new StandardStream(1);
        run.ToStream(image, stream, cancellation);
        return true;
    }
}
