using System.IO;
using System.Net.Http;

namespace VdFs.Cli.Service;

/// <summary>A snapshot that is there for as long as this is: the connection to the service is the lease.</summary>
public sealed class BackupLease : IDisposable
{
    private readonly HttpResponseMessage response;

    internal BackupLease(BackupBegun begun, HttpResponseMessage response, StreamReader rest)
    {
        Begun = begun;
        this.response = response;
        Ended = WatchAsync(rest);
    }

    public BackupBegun Begun { get; }

    /// <summary>Done when the service ended the connection, or it broke, or the lease was disposed of. Never fails.</summary>
    public Task Ended { get; }

    public void Dispose() => response.Dispose();

    private static async Task WatchAsync(StreamReader rest)
    {
        try
        {
            // Nothing more is ever said: this waits for the end.
            while (await rest.ReadLineAsync().ConfigureAwait(false) is not null)
                continue;
        }
        catch (Exception e) when (e is IOException or HttpRequestException or ObjectDisposedException or OperationCanceledException)
        {
            // That is an end too.
        }
    }
}
