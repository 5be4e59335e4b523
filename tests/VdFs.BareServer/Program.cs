using System.Globalization;
using Microsoft.Win32.SafeHandles;
using VdFs.BareServer;
using VdFs.Fuse.Mounting;
using VdFs.Fuse.Native;
using VdFs.Fuse.Transport;

// The least that serves one file by FUSE: what VdFs is measured against.
const string usage = """
    usage: VdFs.BareServer FILE MOUNTPOINT [options]      ends when unmounted
      --threads N     threads that serve (1)
      --read          by read(2) and write(2), a queue of its own for each thread, in place of an io_uring
      --depth N       requests that a thread asks for at once (8)
      --spin MICROS   how long to look for the next request before sleeping (0)
      --private       others than the one who mounts aren't let in
    """;

if (args.Length < 2)
{
    Console.Error.WriteLine(usage);
    return 2;
}
int threads = Number("--threads", 1);
bool byReading = args.Contains("--read");
var file = new BareFile(args[0]);
using SafeFileHandle mounted = KernelMount.Mount(new MountOptions { Source = args[0], MountPoint = args[1], AllowOther = !args.Contains("--private") });
var queues = new List<SafeFileHandle> { mounted };
while (byReading && queues.Count < threads)
    queues.Add(FuseDevice.Clone(mounted, out int errno) ?? throw new InvalidOperationException($"clone: errno {errno}"));
int device = (int)mounted.DangerousGetHandle();
if (!byReading)
    _ = FuseLibc.fcntl(device, FuseLibc.FcntlSetFlags, FuseLibc.ReadWrite | FuseLibc.NonBlock);
int depth = Number("--depth", 8);
TimeSpan spin = TimeSpan.FromMicroseconds(Number("--spin", 0));
Thread[] all = [.. Enumerable.Range(0, threads).Select(i => new Thread(() =>
{
    if (byReading)
        ReadLoop.Run((int)queues[i].DangerousGetHandle(), file);
    else
        new RingLoop(device, file, depth, spin).Run();
}))];
foreach (Thread thread in all)
    thread.Start();
foreach (Thread thread in all)
    thread.Join();
foreach (SafeFileHandle queue in queues)
    queue.Dispose();
return 0;

int Number(string option, int otherwise) =>
    Array.IndexOf(args, option) is int at and > 0 ? int.Parse(args[at + 1], CultureInfo.InvariantCulture) : otherwise;
