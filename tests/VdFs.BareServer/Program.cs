using System.Globalization;
using Microsoft.Win32.SafeHandles;
using VdFs.BareServer;
using VdFs.Fuse.Mounting;
using VdFs.Fuse.Session;
using VdFs.Fuse.Transport;

// Mounts one file, bare: VdFs.BareServer FILE MOUNTPOINT [--threads N] [--shared]; ends when unmounted.
if (args.Length < 2)
{
    Console.Error.WriteLine("usage: VdFs.BareServer FILE MOUNTPOINT [--threads N] [--shared]");
    return 2;
}
int threads = new SessionOptions().Threads;
int clones = 4;
if (Array.IndexOf(args, "--threads") is int at and > 0)
    threads = int.Parse(args[at + 1], CultureInfo.InvariantCulture);
bool shared = args.Contains("--shared");

using var tree = new OneFileTree(args[0]);
using SafeFileHandle device = KernelMount.Mount(new MountOptions { Source = args[0], MountPoint = args[1], AllowOther = !args.Contains("--private") });
var queues = new List<SafeFileHandle> { device };
while (!shared && queues.Count < Math.Min(threads, clones))
    queues.Add(FuseDevice.Clone(device, out int errno) ?? throw new InvalidOperationException($"clone: errno {errno}"));
var session = new FuseSession(new DeviceTransport(queues), tree, new SessionOptions { Threads = threads }, new ConsoleLog());
SessionEnd end = session.Run();
foreach (SafeFileHandle queue in queues)
    queue.Dispose();
if (end.Reason != SessionEndReason.Unmounted)
    Console.Error.WriteLine(end.Message);
return end.Reason == SessionEndReason.Unmounted ? 0 : 1;
