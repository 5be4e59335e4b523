using System.IO;
using System.Net.Sockets;

namespace VdFs.Cli.Service;

/// <summary>
/// Where the service of one mount may listen, who may answer there, and what is known when nobody does. Whatever is there is talked to only if it is a process of the user
/// who mounted, or of root: anybody could have put a socket into a folder for all.
/// </summary>
/// <param name="MountPoint">For messages.</param>
/// <param name="Owner">Who mounted.</param>
/// <param name="Sockets">In the order of trying.</param>
/// <param name="Locks">Of its daemon, in the same order.</param>
public sealed record ServicePlace(string MountPoint, uint Owner, IReadOnlyList<string> Sockets, IReadOnlyList<string> Locks)
{
    /// <summary>SOL_SOCKET and SO_PEERCRED: process, user and group of the process that listens, as of when it began to.</summary>
    private const int SocketLevel = 1, PeerCredentials = 17;

    /// <summary>Whether any process of its daemon lives; <see cref="DaemonPresence.Ended"/> only if none does.</summary>
    public DaemonPresence Presence
    {
        get
        {
            var answers = Locks.Select(DaemonLock.Ask).ToList();
            return answers.Contains(DaemonPresence.Lives) ? DaemonPresence.Lives
                : answers.Contains(DaemonPresence.Hidden) ? DaemonPresence.Hidden
                : answers.Contains(DaemonPresence.Ended) ? DaemonPresence.Ended : DaemonPresence.Unknown;
        }
    }

    /// <summary>A connection to the service. <see cref="SocketException"/>: nobody answers, which <see cref="Explain"/> puts into words; <see cref="CommandFailedException"/>: somebody else does.</summary>
    public async ValueTask<Stream> ConnectAsync(CancellationToken cancellation)
    {
        SocketException? last = null;
        CommandFailedException? stranger = null;
        foreach (var path in Sockets)
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellation).ConfigureAwait(false);
                if (PeerOf(socket) is var user && user != Owner && user != 0)
                {
                    stranger = new(ExitCode.NoPermission, $"At {path} a process of {UserName.Of(user)} answers, who is neither root nor {UserName.Of(Owner)}, who mounted {MountPoint}; nothing was asked of it.");
                    socket.Dispose();
                    continue;
                }
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
        throw stranger ?? (Exception?)last ?? new SocketException((int)SocketError.ConnectionRefused);
    }

    /// <summary>Why nobody answers, and what can be done that does no harm.</summary>
    public CommandFailedException Explain(Exception cause)
    {
        if (cause is SocketException { SocketErrorCode: SocketError.AccessDenied })
            return NotYours(cause);
        return Presence switch
        {
            DaemonPresence.Hidden => NotYours(cause),
            DaemonPresence.Ended => new(ExitCode.Refused, $"The processes behind the mount {MountPoint} have died, so nobody serves it; take it away: vdfs unmount --lazy {MountPoint}. Nothing that was acknowledged is lost, and `vdfs mount` mounts again.", cause),
            DaemonPresence.Lives => new(ExitCode.Refused, $"The service of the mount {MountPoint} doesn't answer, though its daemon{Process()} lives: it may be starting or busy. Try again; the mount's log says what it is doing.", cause),
            _ => new(ExitCode.Refused, $"The daemon of the mount {MountPoint} can't be found from here (looked in {string.Join(" and ", Sockets.Select(Path.GetDirectoryName))}): it may run in another container. Run vdfs where it was mounted.", cause),
        };
    }

    /// <summary>Another user's mount.</summary>
    public CommandFailedException NotYours(Exception? cause = null) => new(
        ExitCode.NoPermission, $"The mount {MountPoint} belongs to {UserName.Of(Owner)}; run vdfs as {(Owner == 0 ? "root" : "that user, or as root")}.", cause);

    private string Process() => Locks.Select(MountNote.Read).FirstOrDefault(note => note is not null) is { } known ? $" (process {known.Process})" : "";

    private static uint PeerOf(Socket socket)
    {
        Span<byte> credentials = stackalloc byte[12];
        socket.GetRawSocketOption(SocketLevel, PeerCredentials, credentials);
        return BitConverter.ToUInt32(credentials[4..]);
    }
}
