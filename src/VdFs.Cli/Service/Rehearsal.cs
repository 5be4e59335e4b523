using System.IO;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging;

namespace VdFs.Cli.Service;

/// <summary>
/// One question that the daemon asks its own service at its start: what an answer needs of the runtime (assemblies above all) is loaded then, and not when descriptors or memory are short.
/// </summary>
internal static class Rehearsal
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <summary>Never fails: what couldn't be loaded now is loaded when it is needed.</summary>
    public static async Task RunAsync(string socket, ILogger log)
    {
        try
        {
            using var limit = new CancellationTokenSource(Limit);
            using var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await connection.ConnectAsync(new UnixDomainSocketEndPoint(socket), limit.Token).ConfigureAwait(false);
            await connection.SendAsync(Encoding.ASCII.GetBytes($"GET {ServicePaths.Status} HTTP/1.1\r\nHost: vdfs\r\nConnection: close\r\n\r\n"), limit.Token).ConfigureAwait(false);
            var buffer = new byte[4096];
            while (await connection.ReceiveAsync(buffer, limit.Token).ConfigureAwait(false) > 0)
            {
                // To its end: only then was all of it written.
            }
        }
        catch (Exception e) when (e is SocketException or IOException or OperationCanceledException or ObjectDisposedException)
        {
            log.LogInformation("The service didn't answer its own daemon at the start: {Message}", e.Message);
        }
    }
}
