using System.Net.Http;

namespace VdFs.Cli.Service;

/// <summary>A snapshot that is there for as long as this is: the connection to the service is the lease.</summary>
public sealed class BackupLease : IDisposable
{
    private readonly HttpResponseMessage response;

    internal BackupLease(BackupBegun begun, HttpResponseMessage response)
    {
        Begun = begun;
        this.response = response;
    }

    public BackupBegun Begun { get; }

    public void Dispose() => response.Dispose();
}
