using VdFs.Fuse.Mounting;
using VdFs.Fuse.Native;

namespace VdFs.Fuse.Supervision;

/// <summary>
/// The worker's side of the line to its supervisor: a few words in each direction. All of it works without a supervisor that listens, since
/// one that died must not take the mount along.
/// </summary>
/// <remarks>Safe from any thread, but for <see cref="WaitForDevice"/>, which comes before everything else.</remarks>
public sealed class WorkerLink
{
    /// <summary>Everything is open that the mount needs: it may go live. Answered by <see cref="DeviceWord"/> or <see cref="RefusedWord"/>.</summary>
    internal const string PreparedWord = "prepared";

    /// <summary>Requests are being served.</summary>
    internal const string ServingWord = "serving";

    /// <summary>The control service listens too.</summary>
    internal const string ReadyWord = "ready";

    /// <summary>failed CODE MESSAGE: the worker ends before it served.</summary>
    internal const string FailedWord = "failed";

    /// <summary>upgrade PATH: the worker ends next, the one after is to be this build.</summary>
    internal const string UpgradeWord = "upgrade";

    /// <summary>hold NAME, with a descriptor: to be passed to later workers.</summary>
    internal const string HoldWord = "hold";

    /// <summary>drop NAME: no longer needed.</summary>
    internal const string DropWord = "drop";

    /// <summary>ping: is answered by <see cref="PongWord"/> as soon as the worker can.</summary>
    internal const string PingWord = "ping";

    /// <summary>The worker as a whole runs.</summary>
    internal const string PongWord = "pong";

    /// <summary>device, with the connection's descriptor.</summary>
    internal const string DeviceWord = "device";

    /// <summary>refused CODE MESSAGE: it could not be mounted.</summary>
    internal const string RefusedWord = "refused";

    private readonly int socket;
    private Thread? watch;

    /// <param name="socket">The worker's end; stays open until the process ends.</param>
    public WorkerLink(int socket) => this.socket = socket;

    /// <summary>Asks for the mount to go live and waits for its descriptor.</summary>
    /// <param name="refused">Why there is none: a <see cref="MountFailure"/> and a sentence.</param>
    /// <returns>The connection's descriptor, the caller's; -1 if there is none.</returns>
    public int WaitForDevice(out (int Code, string Message) refused)
    {
        refused = ((int)MountFailure.Other, "The supervisor of the mount ended before it was mounted.");
        if (DescriptorSocket.Send(socket, PreparedWord) != 0 || DescriptorSocket.Receive(socket, wait: true, out string text, out int descriptor) != DescriptorSocketResult.Message)
            return -1;
        if (descriptor < 0)
            refused = ParseFailure(text);
        return descriptor;
    }

    public void TellServing() => Tell(ServingWord);

    public void TellReady() => Tell(ReadyWord);

    public void TellFailed(int code, string message) => Tell($"{FailedWord} {code} {message}");

    public void TellUpgrade(string build) => Tell($"{UpgradeWord} {build}");

    /// <summary>Has a descriptor passed to later workers. False: nobody takes it.</summary>
    public bool Hold(string name, int descriptor) => DescriptorSocket.Send(socket, $"{HoldWord} {name}", descriptor) == 0;

    public void Drop(string name) => Tell($"{DropWord} {name}");

    /// <summary>Shows life when the supervisor asks for it, and calls <paramref name="orphaned"/> once when the supervisor is gone; on a thread of its own.</summary>
    public void Watch(Action orphaned)
    {
        watch = new Thread(() =>
        {
            while (DescriptorSocket.Receive(socket, wait: true, out string text, out int descriptor) == DescriptorSocketResult.Message)
            {
                if (text == PingWord)
                    Tell(PongWord);
                if (descriptor >= 0)
                    ProcessCalls.Close(descriptor);
            }
            orphaned();
        }, 256 << 10) { Name = "vdfs link", IsBackground = true };
        watch.Start();
    }

    /// <summary>WORD CODE MESSAGE.</summary>
    internal static (int Code, string Message) ParseFailure(string text)
    {
        string[] words = text.Split(' ', 3);
        return words.Length == 3 && int.TryParse(words[1], out int code) ? (code, words[2]) : (1, text);
    }

    private void Tell(string message) => _ = DescriptorSocket.Send(socket, message);
}
