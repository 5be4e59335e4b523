using System.IO;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using VdFs.Core.Backups;

namespace VdFs.Cli.Service;

/// <summary>What a backup asks. Its snapshot is leased to the connection that asked for it: whoever dies, or is cut off, leaves none behind.</summary>
public sealed partial class ControlService
{
    private void MapBackups()
    {
        var json = ServiceJson.Default;
        application.MapPost(ServicePaths.BeginBackup, (RequestDelegate)(async context =>
        {
            var start = await ReadAsync(context, json.BackupStart).ConfigureAwait(false);
            if (start is null)
                await AnswerAsync(context, NotUnderstood).ConfigureAwait(false);
            else
                await LeaseAsync(context, () => Begin(start)).ConfigureAwait(false);
        }));
        application.MapPost(ServicePaths.ResumeBackup, (RequestDelegate)(async context =>
        {
            var request = await ReadAsync(context, json.ResumeRequest).ConfigureAwait(false);
            if (request is null)
                await AnswerAsync(context, NotUnderstood).ConfigureAwait(false);
            else
                await LeaseAsync(context, () => Resume(request.CutId)).ConfigureAwait(false);
        }));
        Post(ServicePaths.CompleteBackup, json.CompleteRequest, request => Outcome(backups.CompleteBackup(request.Repository, request.CutId), "The next backup into this repository builds on this one."));
        Post(ServicePaths.RevokeLineage, json.RevokeRequest, request => Outcome(backups.RevokeLineage(request.Image, request.Reason), "The lineage is broken; the next snapshot begins another."));
    }

    private (BackupBegun? Begun, Answer Refusal) Begin(BackupStart start)
    {
        // Who begins has the repository's lock, so nobody will come for what a former backup into it had.
        orphans.End(start.Repository);
        var outcome = backups.BeginBackup(start, out var snapshot);
        return outcome.Succeeded ? (new(backups.StateId, snapshot!), default) : (null, Failure(outcome));
    }

    private (BackupBegun? Begun, Answer Refusal) Resume(string cutId)
    {
        var outcome = backups.ResumeBackup(cutId, out var snapshot);
        if (!outcome.Succeeded)
            return (null, Failure(outcome));
        orphans.Take(cutId);
        return (new(backups.StateId, snapshot!), default);
    }

    /// <summary>Answers with one line, and then with nothing more until the client, or the service, ends the connection.</summary>
    private async Task LeaseAsync(HttpContext context, Func<(BackupBegun? Begun, Answer Refusal)> take)
    {
        var (begun, refusal) = await Task.Run(take).ConfigureAwait(false);
        if (begun is null)
        {
            await AnswerAsync(context, () => refusal).ConfigureAwait(false);
            return;
        }
        try
        {
            using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, application.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping);
            context.Response.ContentType = "application/json";
            await context.Response.Body.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(begun, ServiceJson.Default.BackupBegun), end.Token).ConfigureAwait(false);
            await context.Response.Body.WriteAsync("\n"u8.ToArray(), end.Token).ConfigureAwait(false);
            await context.Response.Body.FlushAsync(end.Token).ConfigureAwait(false);
            await Task.Delay(Timeout.InfiniteTimeSpan, end.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // The end of the lease; which one, is all the same.
        }
        finally
        {
            await Task.Run(() => backups.EndLease(begun.Snapshot.CutId)).ConfigureAwait(false);
        }
    }
}
