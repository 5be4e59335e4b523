using VdFs.Backup;
using VdFs.Backup.Mounts;
using VdFs.Cli.Service;
using VdFs.Core.Backups;
using VdFs.Core.Errors;

namespace VdFs.Cli.Backups;

/// <summary>What a backup asks of a mount, by the mount's service.</summary>
internal sealed class MountService(ServiceClient client, string mountPoint) : IMountService
{
    public string MountPoint { get; } = mountPoint;

    public Task<IReadOnlyList<MountCut>> ListAsync(CancellationToken cancellation) => AskAsync<IReadOnlyList<MountCut>>(async () =>
        [.. (await client.ListAsync(cancellation).ConfigureAwait(false)).Select(s => new MountCut(s.Name, s.CutId, s.Time, s.Held) { State = s.State })]);

    public Task<ILeasedCut> BeginAsync(BackupStart start, CancellationToken cancellation) => AskAsync<ILeasedCut>(async () =>
        new LeasedCut(client, await client.BeginBackupAsync(start, cancellation).ConfigureAwait(false)));

    public Task CompleteAsync(string repository, string cutId, CancellationToken cancellation) => AskAsync(() => client.CompleteBackupAsync(repository, cutId, cancellation));

    public Task BreakLineageAsync(string image, string reason, CancellationToken cancellation) => AskAsync(() => client.RevokeLineageAsync(image, reason, cancellation));

    private static async Task<T> AskAsync<T>(Func<Task<T>> ask)
    {
        try
        {
            return await ask().ConfigureAwait(false);
        }
        catch (CommandFailedException e)
        {
            throw new MountServiceException(e);
        }
    }

    /// <summary>The service's refusal, with the exit code that it stands for.</summary>
    internal sealed class MountServiceException(CommandFailedException cause) : BackupException(FsError.Io, cause.Message, cause)
    {
        public ExitCode Code { get; } = cause.Code;
    }
}
