using System.Security.Cryptography;
using VdFs.Core.Errors;

namespace VdFs.Backup.Repositories;

/// <summary>
/// A qcow2 file and those below it, open, from the top to the one that stands alone. Each is what the one above it was written on, by content id, and as
/// long as its record says; sums are checked by <see cref="Check"/> only.
/// </summary>
internal sealed class FileChain : IDisposable
{
    /// <summary>Beyond what any repository has; a damaged one may lead in circles.</summary>
    private const int MaximumDepth = 100_000;

    private FileChain(Repository repository) => Repository = repository;

    public Repository Repository { get; }

    public List<ChainLink> Links { get; } = [];

    public ChainLink Top => Links[0];

    public static FileChain Open(Repository repository, BackingFile top)
    {
        var chain = new FileChain(repository);
        try
        {
            for (BackingFile? next = top; next is not null; next = chain.Links[^1].Form.Backing)
            {
                if (chain.Links.Count >= MaximumDepth)
                    throw new DamagedException($"The chain of {repository.Place}/{top.File} has no end.");
                chain.Links.Add(OpenLink(repository, next, chain.Links.Count == 0 ? null : chain.Links[^1]));
            }
            return chain;
        }
        catch
        {
            chain.Dispose();
            throw;
        }
    }

    /// <summary>Reads every file whole and compares it with the sum of its record.</summary>
    /// <param name="known">Files that were found good already are left out, and those that are found so added.</param>
    /// <param name="advanced">Told the bytes that were read.</param>
    /// <exception cref="DamagedException">One isn't what it was.</exception>
    public void Check(ISet<(Paths.RelativePath, string)>? known, Action<long>? advanced, CancellationToken cancellation)
    {
        foreach (var link in Links)
        {
            if (known?.Contains((link.File, link.Form.Sha256)) == true)
                continue;
            string sum = Sum(link.Data, $"{Repository.Place}/{link.File}", advanced, cancellation);
            if (sum != link.Form.Sha256)
                throw new DamagedException($"{Repository.Place}/{link.File} is damaged: its checksum is {sum[..12]}…, not {link.Form.Sha256[..12]}….");
            known?.Add((link.File, link.Form.Sha256));
        }
    }

    public void Dispose()
    {
        foreach (var link in Links)
            link.Data.Dispose();
    }

    private static ChainLink OpenLink(Repository repository, BackingFile wanted, ChainLink? above)
    {
        string needed = above is null ? "" : $" It is the backing file of {above.File}.";
        // A prune may put another form in place between the look at the record and that at the file.
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                var record = repository.ReadRecord(wanted.File);
                if (record.Content != wanted.Content)
                    throw new DamagedException($"{repository.Place}/{wanted.File} isn't the file that was written there: it was replaced by that of another backup.{needed}");
                var data = repository.Store.Open(wanted.File);
                if (PresentForm(record, data, $"{repository.Place}/{wanted.File}") is { } form)
                    return new(wanted.File, record, form, data);
                data.Dispose();
                if (attempt >= 3)
                    throw new DamagedException($"{repository.Place}/{wanted.File} is damaged: it has {data.Length} bytes, not {record.Forms[0].Length}.{needed}");
            }
            catch (BackupException e) when (e.Error == FsError.NotFound)
            {
                throw new DamagedException($"A file is missing: {e.Message}{needed}", e);
            }
        }
    }

    /// <summary>Which of its forms a file has; null: none.</summary>
    internal static FileForm? PresentForm(FileRecord record, IStoredFile data, string place)
    {
        var fitting = record.Forms.Where(f => f.Length == data.Length).ToList();
        if (fitting.Count < 2)
            return fitting.FirstOrDefault();
        string sum = Sum(data, place, null, CancellationToken.None);
        return fitting.Find(f => f.Sha256 == sum);
    }

    private static string Sum(IStoredFile data, string place, Action<long>? advanced, CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[1 << 20];
        long position = 0;
        while (position < data.Length)
        {
            cancellation.ThrowIfCancellationRequested();
            FsError error = data.Read(position, buffer, out int read);
            if (error != FsError.None)
                throw new BackupException(error, $"{place} can't be read: {Native.ErrorWords.Of(error)}.");
            if (read == 0)
                break;
            hash.AppendData(buffer, 0, read);
            position += read;
            advanced?.Invoke(read);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
