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
public sealed class ServiceClient : IDisposable
{
    private readonly HttpClient http;
    private readonly string mountPoint;

    /// <param name="sockets">Where it may listen, in the order of trying.</param>
    /// <param name="mountPoint">For messages.</param>
    /// <param name="patience">How long an answer may take; a cut of many images takes seconds.</param>
    public ServiceClient(IEnumerable<string> sockets, string mountPoint, TimeSpan patience)
    {
        this.mountPoint = mountPoint;
        string[] candidates = [.. sockets];
        http = new(new SocketsHttpHandler
        {
            ConnectCallback = (_, cancellation) => ConnectAsync(candidates, cancellation),
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

    public Task<SnapshotInfo> CreateAsync(string name, IReadOnlyList<string> patterns, CancellationToken cancellation) =>
        PostAsync(ServicePaths.Create, new(name, patterns), ServiceJson.Default.CreateRequest, ServiceJson.Default.SnapshotInfo, cancellation);

    public Task<Done> ReleaseAsync(string name, CancellationToken cancellation) =>
        PostAsync(ServicePaths.Release, new(name), ServiceJson.Default.NameRequest, ServiceJson.Default.Done, cancellation);

    public Task<Done> RenameAsync(string from, string to, CancellationToken cancellation) =>
        PostAsync(ServicePaths.Rename, new(from, to), ServiceJson.Default.RenameRequest, ServiceJson.Default.Done, cancellation);

    public Task<Done> DeleteAsync(string name, CancellationToken cancellation) =>
        PostAsync(ServicePaths.Delete, new(name), ServiceJson.Default.NameRequest, ServiceJson.Default.Done, cancellation);

    public Task<Done> UpgradeAsync(string build, CancellationToken cancellation) =>
        PostAsync(ServicePaths.Upgrade, new(build), ServiceJson.Default.UpgradeRequest, ServiceJson.Default.Done, cancellation);

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
            using var request = new HttpRequestMessage(HttpMethod.Get, ServicePaths.Check);
            using var response = await SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation).ConfigureAwait(false);
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
        ExitCode.Refused, $"The service of the mount {mountPoint} ended before the check did (its worker was replaced, or it was unmounted); check again.", cause);

    public Task<Done> CompleteBackupAsync(string repository, string cutId, CancellationToken cancellation) =>
        PostAsync(ServicePaths.CompleteBackup, new(repository, cutId), ServiceJson.Default.CompleteRequest, ServiceJson.Default.Done, cancellation);

    public Task<Done> RevokeLineageAsync(string image, string reason, CancellationToken cancellation) =>
        PostAsync(ServicePaths.RevokeLineage, new(image, reason), ServiceJson.Default.RevokeRequest, ServiceJson.Default.Done, cancellation);

    /// <summary>Cuts a snapshot that stays for as long as the lease isn't disposed of, and no longer than this process.</summary>
    public async Task<BackupLease> BeginBackupAsync(BackupStart start, CancellationToken cancellation)
    {
        var body = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(start, ServiceJson.Default.BackupStart));
        using var request = new HttpRequestMessage(HttpMethod.Post, ServicePaths.BeginBackup) { Content = body };
        var response = await SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation).ConfigureAwait(false);
        try
        {
            // Not to be disposed of: that would end the connection.
            var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false));
            var line = await reader.ReadLineAsync(cancellation).ConfigureAwait(false);
            return new BackupLease(JsonSerializer.Deserialize(line ?? "", ServiceJson.Default.BackupBegun) ?? throw new JsonException("null"), response, reader);
        }
        catch (Exception e)
        {
            response.Dispose();
            if (e is JsonException or IOException)
                throw Unreadable(e);
            throw;
        }
    }

    public void Dispose() => http.Dispose();

    private Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellation) =>
        SendAsync(new(HttpMethod.Get, path), type, cancellation);

    private Task<TAnswer> PostAsync<TRequest, TAnswer>(string path, TRequest request, JsonTypeInfo<TRequest> requestType, JsonTypeInfo<TAnswer> answerType, CancellationToken cancellation) =>
        SendAsync(new(HttpMethod.Post, path) { Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(request, requestType)) }, answerType, cancellation);

    private async Task<T> SendAsync<T>(HttpRequestMessage request, JsonTypeInfo<T> type, CancellationToken cancellation)
    {
        using (request)
        {
            try
            {
                using var response = await SendAsync(request, HttpCompletionOption.ResponseContentRead, cancellation).ConfigureAwait(false);
                var body = await response.Content.ReadAsByteArrayAsync(cancellation).ConfigureAwait(false);
                return JsonSerializer.Deserialize(body, type) ?? throw new JsonException("null");
            }
            catch (Exception e) when (e is JsonException or IOException)
            {
                throw Unreadable(e);
            }
        }
    }

    /// <summary>The answer, if it is a good one.</summary>
    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, HttpCompletionOption until, CancellationToken cancellation)
    {
        try
        {
            var response = await http.SendAsync(request, until, cancellation).ConfigureAwait(false);
            if (response.StatusCode == HttpStatusCode.OK)
                return response;
            using (response)
                throw Refused(response.StatusCode, await response.Content.ReadAsByteArrayAsync(cancellation).ConfigureAwait(false));
        }
        catch (HttpRequestException e) when (e.InnerException is SocketException { SocketErrorCode: SocketError.AccessDenied })
        {
            throw new CommandFailedException(ExitCode.NoPermission, $"The mount {mountPoint} belongs to another user; run vdfs as the one who mounted it, or as root.", e);
        }
        catch (HttpRequestException e)
        {
            throw new CommandFailedException(ExitCode.Refused, $"The service of the mount {mountPoint} doesn't answer; if its daemon died, take the mount away: vdfs unmount --lazy {mountPoint}.", e);
        }
        catch (TaskCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw new CommandFailedException(ExitCode.TimedOut, $"The service of the mount {mountPoint} didn't answer within {http.Timeout.TotalSeconds:0} seconds; its log says what it is doing.", e);
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

    private static async ValueTask<Stream> ConnectAsync(string[] sockets, CancellationToken cancellation)
    {
        SocketException? last = null;
        foreach (var path in sockets)
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellation).ConfigureAwait(false);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (SocketException e)
            {
                // "It's another user's" says more than "there is none".
                last = last?.SocketErrorCode == SocketError.AccessDenied ? last : e;
                socket.Dispose();
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
        throw last ?? new SocketException((int)SocketError.ConnectionRefused);
    }
}
