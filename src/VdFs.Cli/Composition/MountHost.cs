using System.IO;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;
using VdFs.Cli.Mounting;
using VdFs.Cli.Service;
using VdFs.Core;
using VdFs.Core.Catalog;
using VdFs.Core.Errors;
using VdFs.Core.Snapshots;
using VdFs.FileSystem.Tree;
using VdFs.Fuse.Backing;
using VdFs.Fuse.Mounting;
using VdFs.Fuse.Native;
using VdFs.Fuse.Session;
using VdFs.Fuse.Transport;

namespace VdFs.Cli.Composition;

/// <summary>
/// Where the parts are put together: backing directory, state, catalog, engine, tree, mount, session, in this order, and back in the
/// reverse one. Everything that has a path is opened before the mount goes live, which may hide it.
/// </summary>
public sealed class MountHost : IMountedImages
{
    private const long NodeMemory = 1L << 30;
    private const long HandleMemory = 32L << 20;
    private static readonly TimeSpan ReadyLimit = TimeSpan.FromSeconds(30);

    private readonly MountRequest request;
    private readonly string logPath;
    private readonly ILogger log;

    /// <summary>What has to be disposed of, the last one first.</summary>
    private readonly Stack<IDisposable> parts = new();

    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Engine? engine;
    private FuseSession? session;

    private MountHost(MountRequest request, string logPath, ILoggerFactory logs)
    {
        this.request = request;
        this.logPath = logPath;
        log = logs.CreateLogger("VdFs");
    }

    public ISnapshotService Snapshots => engine!;

    public Task Ended => ended.Task;

    /// <summary>Mounts. <see cref="CommandFailedException"/> if it can't be; then nothing is left mounted, locked or running.</summary>
    public static MountHost Start(MountRequest request, string logPath, ILoggerFactory logs)
    {
        var host = new MountHost(request, logPath, logs);
        try
        {
            host.Open(logs);
            return host;
        }
        catch
        {
            host.Close();
            throw;
        }
    }

    public MountDescription Describe()
    {
        var features = session?.Features;
        return new(
            request.BackingDirectory, request.MountPoint, request.StateDirectory, request.PreserveDirectory, logPath,
            features is null ? "" : $"{features.ProtocolMajor}.{features.ProtocolMinor}", [.. request.OptionWords()], request.MaxCheckpoints,
            features is null ? [] : [.. features.Refused.Select(one => $"{one.Name}: {one.Use}")]);
    }

    public void Detach()
    {
        try
        {
            KernelMount.Unmount(request.MountPoint, lazily: true);
        }
        catch (MountException e) when (e.Failure == MountFailure.NotMounted)
        {
            // Somebody was faster.
        }
        catch (MountException e)
        {
            log.LogError("Unmounting failed: {Message}", e.Message);
        }
    }

    /// <summary>After the end: everything to stable storage, and all of it closed.</summary>
    public async ValueTask DisposeAsync()
    {
        if (session is not null)
            await Ended.ConfigureAwait(false);
        Close();
    }

    private void Open(ILoggerFactory logs)
    {
        var error = LinuxBackingDirectory.Open(request.BackingDirectory, out var backing);
        if (error != FsError.None)
            throw new CommandFailedException(ExitCodes.From(error), $"The backing directory {request.BackingDirectory} can't be opened ({error}); check that it is there and can be read.");
        parts.Push(backing!);
        DescriptorLimit.Raise();

        var folders = StateFolders.Open(request);
        parts.Push(folders);
        engine = OpenEngine(folders, backing!, logs.CreateLogger("Engine"));
        parts.Push(engine);

        var cache = new KernelCache();
        var commands = logs.CreateLogger("Snapshots");
        error = MountTree.Create(
            engine, backing!, Memory("vdfs-nodes", NodeMemory), Memory("vdfs-handles", HandleMemory), cache,
            new() { HideSnapshots = request.HideSnapshots, Log = message => commands.LogWarning("{Message}", message) }, out var tree);
        if (error != FsError.None)
            throw new CommandFailedException(ExitCodes.From(error), $"The backing directory {request.BackingDirectory} can't be shown ({error}).");
        parts.Push(tree!);
        Serve(tree!, cache, new SessionLog(logs.CreateLogger("Fuse")));
    }

    private Engine OpenEngine(StateFolders folders, LinuxBackingDirectory backing, ILogger engineLog)
    {
        Outcome outcome;
        Engine? opened;
        try
        {
            var catalog = SqliteCatalog.Open(request.StateDirectory + "/catalog.db");
            outcome = Engine.Open(folders.State, folders.Preserve, catalog, backing, new()
            {
                MaxCheckpoints = request.MaxCheckpoints,
                DurableSnapshots = request.DurableSnapshots,
                // A filesystem that went and came back may have lost what it was given, as if the machine had stopped.
                BootId = $"{File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim()} {backing.MountInstance:x} {folders.State.MountInstance:x} {folders.Preserve.MountInstance:x}",
                Log = one => engineLog.Log(one.Warning ? LogLevel.Warning : LogLevel.Information, "{Message}", one.Message),
            }, out opened);
        }
        catch (CatalogException e)
        {
            throw new CommandFailedException(ExitCodes.From(e.Error), $"The state in {request.StateDirectory} can't be used: {e.Message}", e);
        }
        return outcome.Succeeded ? opened!
            : throw new CommandFailedException(ExitCodes.From(outcome.Error), $"The state in {request.StateDirectory} can't be used: {outcome.Message}.");
    }

    private unsafe VdFs.FileSystem.Nodes.TableMemory Memory(string name, long length)
    {
        var error = SharedRegion.Create(name, length, out var region);
        if (error != FsError.None)
            throw new CommandFailedException(ExitCode.HostLacks, $"Memory for the table {name} can't be had ({error}); raise the limits of this user or container.");
        parts.Push(region!);
        return new(region!.Pointer, length);
    }

    private void Serve(ITree tree, KernelCache cache, SessionLog sessionLog)
    {
        SafeFileHandle device;
        try
        {
            device = KernelMount.Mount(new()
            {
                Source = request.BackingDirectory, MountPoint = request.MountPoint, ReadOnly = request.ReadOnly, AllowOther = request.AllowOther,
            });
        }
        catch (MountException e)
        {
            throw MountFailures.Explain(e);
        }
        parts.Push(device);
        // Before the device when it comes to disposal: what is queued still goes to its descriptor.
        parts.Push(cache);
        var transport = new DeviceTransport([device]);
        var options = new SessionOptions();
        session = new(transport, tree, request.Threads == 0 ? options : options with { Threads = request.Threads }, sessionLog);
        new Thread(Run) { Name = "vdfs session", IsBackground = true }.Start();
        var ready = session.WaitUntilReady(ReadyLimit);
        if (ready.Succeeded)
        {
            cache.Attach(transport);
            return;
        }
        Detach();
        device.Dispose();
        ended.Task.Wait(ReadyLimit);
        throw new CommandFailedException(ExitCodes.From(ready.Error), ready.Message);
    }

    private void Run()
    {
        var end = session!.Run();
        if (end.Reason != SessionEndReason.Unmounted)
        {
            log.LogError("{Message}", end.Message);
            // Nobody serves it any more: better gone than dead.
            Detach();
        }
        ended.TrySetResult();
    }

    private void Close()
    {
        if (engine is not null && engine.Stop() is { Succeeded: false } failed)
            log.LogError("{Message}", failed.Message);
        while (parts.TryPop(out var part))
            part.Dispose();
    }
}
