using System.Diagnostics;
using System.IO;
using System.Net;
using System.Net.Http;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using VdFs.Core.Backups;
using VdFs.Core.Checking;
using VdFs.Core.Errors;
using VdFs.Core.Snapshots;

namespace VdFs.Cli.Service;

/// <summary>
/// Asks the service of one mount. Every failure is a <see cref="CommandFailedException"/> with the service's own sentence, or one that says why it
/// couldn't be asked.
/// </summary>
/// <remarks>
/// While a worker is being replaced nobody listens for a moment. So what finds nobody waits as long as the mount has a daemon, and at most <see cref="SuccessionLimit"/>; what was under way and may be
/// done twice is asked again, and of the rest it is looked up whether it was done.
/// </remarks>
public sealed class ServiceClient : IDisposable
{
    /// <summary>How long a successor of the worker is waited for.</summary>
    internal static readonly TimeSpan SuccessionLimit = TimeSpan.FromSeconds(10);

    /// <summary>A request that a worker dies of isn't given to every successor.</summary>
    private const int MostInterruptions = 3;

    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(50);

    private readonly HttpClient http;
    private readonly ServicePlace place;
    private readonly string mountPoint;

    /// <param name="place">Where it may listen.</param>
    /// <param name="patience">How long an answer may take; a cut of many images takes seconds.</param>
    public ServiceClient(ServicePlace place, TimeSpan patience)
    {
        this.place = place;
        mountPoint = place.MountPoint;
        http = new(new SocketsHttpHandler
        {
            ConnectCallback = (_, cancellation) => place.ConnectAsync(cancellation),
            UseProxy = false,
            UseCookies = false,
        })
        {
            BaseAddress = new("http://vdfs"),
            Timeout = patience,
        };
    }

    public Task<MountStatus> StatusAsync(CancellationToken cancellation) =>
        GetAsync(ServicePaths.Status, ServiceJson.Default.MountStatus, cancellation);

    public Task<List<SnapshotInfo>> ListAsync(CancellationToken cancellation) =>
        GetAsync(ServicePaths.List, ServiceJson.Default.ListSnapshotInfo, cancellation);

    public Task<SnapshotInfo> CreateAsync(string name, IReadOnlyList<string> patterns, CancellationToken cancellation)
    {
        var begun = DateTimeOffset.UtcNow;
        return PostOnceAsync(ServicePaths.Create, new(name, patterns), ServiceJson.Default.CreateRequest, ServiceJson.Default.SnapshotInfo,
            all => all.Find(one => one.Name == name && one.Held && one.Time >= begun), cancellation);
    }

    public Task<Done> ReleaseAsync(string name, CancellationToken cancellation) =>
        PostOnceAsync(ServicePaths.Release, new(name), ServiceJson.Default.NameRequest, ServiceJson.Default.Done,
            all => all.Exists(one => one.Name == name && !one.Held) ? new Done($"Snapshot {name} is a checkpoint now.") : null, cancellation);

    public Task<Done> RenameAsync(string from, string to, CancellationToken cancellation) =>
        PostOnceAsync(ServicePaths.Rename, new(from, to), ServiceJson.Default.RenameRequest, ServiceJson.Default.Done,
            all => all.Exists(one => one.Name == to) && !all.Exists(one => one.Name == from) ? new Done($"{from} is called {to} now.") : null, cancellation);

    public Task<Done> DeleteAsync(string name, CancellationToken cancellation) =>
        PostOnceAsync(ServicePaths.Delete, new(name), ServiceJson.Default.NameRequest, ServiceJson.Default.Done,
            all => all.Exists(one => one.Name == name) ? null : new Done($"{name} is forgotten."), cancellation);

    public async Task<Done> UpgradeAsync(string build, CancellationToken cancellation)
    {
        try
        {
            return await SendAsync(() => Request(ServicePaths.Upgrade, new(build), ServiceJson.Default.UpgradeRequest), ServiceJson.Default.Done, again: false, cancellation).ConfigureAwait(false);
        }
        catch (InterruptedRequestException)
        {
            // It ends in order to make room: the successor tells the rest.
            return new($"{build} takes over.");
        }
    }

    public Task<ChangeReport> ChangesAsync(string image, string from, string? to, CancellationToken cancellation) =>
        PostAsync(ServicePaths.Changes, new(image, from, to), ServiceJson.Default.ChangesRequest, ServiceJson.Default.ChangeReport, cancellation);

    public Task<Done> SetAsync(SetRequest request, CancellationToken cancellation) =>
        PostAsync(ServicePaths.Set, request, ServiceJson.Default.SetRequest, ServiceJson.Default.Done, cancellation);

    /// <summary>Takes as long as it takes: the service says how far it is. Cancelled, it ends in the service too.</summary>
    /// <param name="progress">Called with bytes of pre-images read so far.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task<CheckReport> CheckAsync(Action<long> progress, CancellationToken cancellation)
    {
        try
        {
            using var response = await SendAsync(static () => new(HttpMethod.Get, ServicePaths.Check), HttpCompletionOption.ResponseHeadersRead, again: true, cancellation).ConfigureAwait(false);
            using var lines = new StreamReader(await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false));
            while (await lines.ReadLineAsync(cancellation).ConfigureAwait(false) is { } text)
            {
                var line = JsonSerializer.Deserialize(text, ServiceJson.Default.CheckLine) ?? throw new JsonException("null");
                progress(line.Bytes);
                if (line.Error is { } error)
                    throw Failed(error);
                if (line.Report is { } report)
                    return report;
            }
        }
        catch (JsonException e)
        {
            throw Unreadable(e);
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            cancellation.ThrowIfCancellationRequested();
            throw Interrupted(e);
        }
        throw Interrupted(null);
    }

    private CommandFailedException Interrupted(Exception? cause) => new(
        ExitCode.Refused, $"The service of the mount {mountPoint} ended before it had answered (its worker was replaced, or it was unmounted); try again, and look into its log if that happens again.", cause);

    public Task<Done> CompleteBackupAsync(string repository, string cutId, CancellationToken cancellation) =>
        PostAsync(ServicePaths.CompleteBackup, new(repository, cutId), ServiceJson.Default.CompleteRequest, ServiceJson.Default.Done, cancellation);

    public Task<Done> RevokeLineageAsync(string image, string reason, CancellationToken cancellation) =>
        PostAsync(ServicePaths.RevokeLineage, new(image, reason), ServiceJson.Default.RevokeRequest, ServiceJson.Default.Done, cancellation);

    /// <summary>Cuts a snapshot that stays for as long as the lease isn't disposed of, and no longer than this process.</summary>
    /// <remarks>May be asked again if a worker died in between: the next one then ends what the former had cut for this repository.</remarks>
    public Task<BackupLease> BeginBackupAsync(BackupStart start, CancellationToken cancellation) =>
        LeaseAsync(() => Request(ServicePaths.BeginBackup, start, ServiceJson.Default.BackupStart), cancellation);

    /// <summary>Goes on with a lease whose connection ended with the worker that held it. <see cref="ExitCode.NotFound"/>: there is none any more.</summary>
    public Task<BackupLease> ResumeBackupAsync(string cutId, CancellationToken cancellation) =>
        LeaseAsync(() => Request(ServicePaths.ResumeBackup, new(cutId), ServiceJson.Default.ResumeRequest), cancellation);

    public void Dispose() => http.Dispose();

    private static HttpRequestMessage Request<T>(string path, T body, JsonTypeInfo<T> type) =>
        new(HttpMethod.Post, path) { Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(body, type)) };

    private Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellation) =>
        SendAsync(() => new(HttpMethod.Get, path), type, again: true, cancellation);

    /// <summary>For what may be done twice.</summary>
    private Task<TAnswer> PostAsync<TRequest, TAnswer>(string path, TRequest request, JsonTypeInfo<TRequest> requestType, JsonTypeInfo<TAnswer> answerType, CancellationToken cancellation) =>
        SendAsync(() => Request(path, request, requestType), answerType, again: true, cancellation);

    /// <summary>For what may not.</summary>
    /// <param name="done">What was answered if it was done, as the list of snapshots shows; null: it wasn't.</param>
    private async Task<TAnswer> PostOnceAsync<TRequest, TAnswer>(
        string path, TRequest request, JsonTypeInfo<TRequest> requestType, JsonTypeInfo<TAnswer> answerType, Func<List<SnapshotInfo>, TAnswer?> done, CancellationToken cancellation)
        where TAnswer : class
    {
        for (int interruptions = 1; ; interruptions++)
        {
            try
            {
                return await SendAsync(() => Request(path, request, requestType), answerType, again: false, cancellation).ConfigureAwait(false);
            }
            catch (InterruptedRequestException e)
            {
                if (interruptions == MostInterruptions)
                    throw Interrupted(e);
                if (done(await ListAsync(cancellation).ConfigureAwait(false)) is { } answer)
                    return answer;
            }
        }
    }

    private async Task<BackupLease> LeaseAsync(Func<HttpRequestMessage> request, CancellationToken cancellation)
    {
        for (int interruptions = 1; ; interruptions++)
        {
            if (interruptions > MostInterruptions)
                throw Interrupted(null);
            var response = await SendAsync(request, HttpCompletionOption.ResponseHeadersRead, again: true, cancellation).ConfigureAwait(false);
            try
            {
                // Not to be disposed of: that would end the connection.
                var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false));
                if (await reader.ReadLineAsync(cancellation).ConfigureAwait(false) is { } line)
                    return new BackupLease(JsonSerializer.Deserialize(line, ServiceJson.Default.BackupBegun) ?? throw new JsonException("null"), response, reader);
                response.Dispose();
            }
            catch (Exception e) when (e is IOException or HttpRequestException)
            {
                // The worker died before it had answered.
                response.Dispose();
            }
            catch (Exception e)
            {
                response.Dispose();
                if (e is JsonException)
                    throw Unreadable(e);
                throw;
            }
        }
    }

    private async Task<T> SendAsync<T>(Func<HttpRequestMessage> request, JsonTypeInfo<T> type, bool again, CancellationToken cancellation)
    {
        try
        {
            using var response = await SendAsync(request, HttpCompletionOption.ResponseContentRead, again, cancellation).ConfigureAwait(false);
            var body = await response.Content.ReadAsByteArrayAsync(cancellation).ConfigureAwait(false);
            return JsonSerializer.Deserialize(body, type) ?? throw new JsonException("null");
        }
        catch (Exception e) when (e is JsonException or IOException)
        {
            throw Unreadable(e);
        }
    }

    /// <summary>The answer, if it is a good one.</summary>
    /// <param name="make">Makes the request, once for each time that it is sent.</param>
    /// <param name="until">What of the answer is waited for.</param>
    /// <param name="again">What was interrupted is sent again; otherwise <see cref="InterruptedRequestException"/>.</param>
    /// <param name="cancellation">Ends it.</param>
    private async Task<HttpResponseMessage> SendAsync(Func<HttpRequestMessage> make, HttpCompletionOption until, bool again, CancellationToken cancellation)
    {
        long silentSince = 0;
        int interruptions = 0;
        while (true)
        {
            try
            {
                using var request = make();
                var response = await http.SendAsync(request, until, cancellation).ConfigureAwait(false);
                if (response.StatusCode == HttpStatusCode.OK)
                    return response;
                using (response)
                    throw Refused(response.StatusCode, await response.Content.ReadAsByteArrayAsync(cancellation).ConfigureAwait(false));
            }
            catch (HttpRequestException e) when (e.InnerException is CommandFailedException stranger)
            {
                throw new CommandFailedException(stranger.Code, stranger.Message, e);
            }
            catch (HttpRequestException e) when (e.InnerException is SocketException { SocketErrorCode: SocketError.AccessDenied } denied)
            {
                throw place.Explain(denied);
            }
            catch (HttpRequestException e)
            {
                bool wasSent = e.InnerException is not SocketException;
                if (wasSent && !again)
                    throw new InterruptedRequestException(e);
                if (wasSent && ++interruptions == MostInterruptions)
                    throw Interrupted(e);
                if (silentSince == 0 || wasSent)
                    silentSince = Stopwatch.GetTimestamp();
                if (place.Presence != DaemonPresence.Lives)
                    throw place.Explain(e.InnerException ?? e);
                if (Stopwatch.GetElapsedTime(silentSince) > SuccessionLimit)
                    throw new CommandFailedException(ExitCode.TimedOut, $"The worker of the mount {mountPoint} is being replaced for more than {SuccessionLimit.TotalSeconds:0} seconds, or its service can't listen; its log says which. Those who use the mount wait.", e);
            }
            catch (TaskCanceledException e) when (!cancellation.IsCancellationRequested)
            {
                throw new CommandFailedException(ExitCode.TimedOut, $"The service of the mount {mountPoint} didn't answer within {http.Timeout.TotalSeconds:0} seconds; its log says what it is doing.", e);
            }
            await Task.Delay(Step, cancellation).ConfigureAwait(false);
        }
    }

    private CommandFailedException Unreadable(Exception cause) =>
        new(ExitCode.Unexpected, $"The service of the mount {mountPoint} gave an answer that can't be read; use the same version of vdfs as the mount.", cause);

    private CommandFailedException Failed(ServiceError error) =>
        new(ExitCodes.From(error.Error), error.Message.Length > 0 ? error.Message : $"The mount {mountPoint} answered: {error.Error}.");

    private CommandFailedException Refused(HttpStatusCode status, byte[] body)
    {
        try
        {
            if (body.Length > 0 && JsonSerializer.Deserialize(body, ServiceJson.Default.ServiceError) is { } error)
                return Failed(error);
        }
        catch (JsonException)
        {
            // Not ours: said below.
        }
        return new(ExitCode.Unexpected, $"The service of the mount {mountPoint} failed (HTTP {(int)status}); its log says why.");
    }

    /// <summary>The connection broke after the request was sent: whether it was done isn't known.</summary>
    private sealed class InterruptedRequestException(Exception cause) : Exception("the connection to the service broke", cause);
}
