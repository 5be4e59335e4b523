using System.IO;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;
using VdFs.Cli.Mounting;
using VdFs.Cli.Service;
using VdFs.Core;
using VdFs.Core.Backups;
using VdFs.Core.Catalog;
using VdFs.Core.Errors;
using VdFs.Core.Snapshots;
using VdFs.Core.Storage;
using VdFs.FileSystem.Tree;
using VdFs.Fuse.Backing;
using VdFs.Fuse.Mounting;
using VdFs.Fuse.Native;
using VdFs.Fuse.Session;
using VdFs.Fuse.Supervision;
using VdFs.Fuse.Transport;

namespace VdFs.Cli.Composition;

/// <summary>
/// Where the parts are put together: backing directory, state, catalog, engine, tree, mount, session, in this order, and back in the
/// reverse one. All of it comes from descriptors that outlive the worker, by no path: the mount may hide those by now.
/// </summary>
public sealed class MountHost : IMountedImages
{
    private static readonly TimeSpan ReadyLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan AnswerTime = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan RetireLimit = TimeSpan.FromSeconds(5);

    /// <summary>Bytes that SQLite may need to open a catalog; without room it says no more than "I/O error".</summary>
    private const long RoomToOpen = 1 << 20;

    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(10);

    private readonly MountRequest request;
    private readonly string logPath;
    private readonly HeldDescriptors held;
    private readonly IMountKeeper keeper;
    private readonly ILogger log;

    /// <summary>What has to be disposed of, the last one first.</summary>
    private readonly Stack<IDisposable> parts = new();

    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private LinuxBackingDirectory? images;
    private IdleDescriptors descriptors = new();
    private DescriptorWatch? watch;
    private Engine? engine;
    private FuseSession? session;
    private Transport transport;
    private SessionMemory? memory;
    private KernelPassthrough? passthrough;

    private MountHost(MountRequest request, string logPath, ILoggerFactory logs, HeldDescriptors held, IMountKeeper keeper)
    {
        this.held = held;
        this.keeper = keeper;
        Succeeds = held.Find(HeldDescriptors.Device) >= 0;
        this.request = request;
        this.logPath = logPath;
        log = logs.CreateLogger("VdFs");
    }

    public ISnapshotService Snapshots => engine!;

    public IBackupService Backups => engine!;

    public bool Succeeds { get; }

    public Task Ended => ended.Task;

    /// <summary>Why serving ended; known when <see cref="Ended"/> is done.</summary>
    public SessionEnd? End { get; private set; }

    /// <summary>
    /// Mounts, or goes on with what a former worker served. <see cref="CommandFailedException"/> if it can't be done; then nothing is left mounted (that
    /// wasn't) or running.
    /// </summary>
    /// <param name="request">What is mounted where.</param>
    /// <param name="logPath">Where the log is, as `status` tells it.</param>
    /// <param name="logs">Makes logs.</param>
    /// <param name="held">What <see cref="MountHoldings"/> opened; with the device if the mount is live. Taken out of it, except for the locks.</param>
    /// <param name="keeper">Who keeps it for the next worker.</param>
    public static MountHost Start(MountRequest request, string logPath, ILoggerFactory logs, HeldDescriptors held, IMountKeeper keeper)
    {
        var host = new MountHost(request, logPath, logs, held, keeper);
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
            features is null ? [] : [.. features.Refused.Concat(RefusedFiles(features)).Select(one => $"{one.Name}: {one.Use}")]);
    }

    /// <summary>What the kernel has, and refused when the first file was opened: for want of rights, or since the backing filesystem lies on another one.</summary>
    private IEnumerable<RefusedFeature> RefusedFiles(FuseFeatures features) =>
        passthrough is { Refusal: not 0 } && features.Refused.All(one => one.Name != "Passthrough")
            ? [new("Passthrough", $"files of read-only mounts are read by the kernel itself (refused with errno {passthrough.Refusal})")] : [];

    public MountProcesses Processes() => new(
        WorkerProgram.Build, TransportWord.Of(transport), keeper.Holder, keeper.ProcessId is var supervisor && supervisor != 0 ? supervisor : null, memory!.Restarts, memory.Hangs, memory.FailedUpgrades, memory.LastPause?.TotalMilliseconds,
        watch!.Status());

    public (long Free, long Total) ImageRoom() => images?.GetSpace(out long free, out long total) == FsError.None ? (free, total) : default;

    public void Remember(SetRequest request) => memory!.Settings = SettingWords.Add(memory.Settings, request);

    public Outcome Upgrade(string build)
    {
        if (MountView.IsAtOrBelow(build, request.MountPoint))
            return Outcome.Failed(FsError.InvalidArgument, $"The build {build} lies below the mount that it is to serve; put it elsewhere.");
        if (!File.Exists(build))
            return Outcome.Failed(FsError.NotFound, $"There is no build at {build}; name the program `vdfs` or the assembly `vdfs.dll`.");
        if (!keeper.TellUpgrade(build))
            return Outcome.Failed(FsError.NotSupported, "Nobody would start the next worker, as the supervisor died: unmount and mount again, with the new build. (Or the build's path is longer than 1000 bytes: name a shorter one.)");
        log.LogWarning("Making room for another build: {Build}.", build);
        new Thread(MakeRoom) { Name = "vdfs upgrade", IsBackground = true }.Start();
        return Outcome.Success;
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
        ulong limit = DescriptorLimit.Raise();
        descriptors = new IdleDescriptors(IdleDescriptors.MostOf(limit));
        watch = new DescriptorWatch(descriptors, limit, log);
        var error = SessionMemory.Adopt(held.Take(HeldDescriptors.Session), out memory);
        if (error != FsError.None)
            throw new CommandFailedException(ExitCode.Refused, $"What the former worker left can't be read by this build ({error}); use the former one, or unmount first.");
        parts.Push(memory!);
        error = LinuxBackingDirectory.FromDescriptor(held.Take(HeldDescriptors.Backing), descriptors, out var backing);
        if (error != FsError.None)
            throw new CommandFailedException(ExitCodes.From(error), $"The backing directory {request.BackingDirectory} can't be used ({error}); check that it is there and can be read.");
        parts.Push(backing!);
        backing!.KeepsFileAccessTimes = request.Flags.HasFlag(MountFlags.NoAccessTime);
        backing.KeepsFolderAccessTimes = (request.Flags & (MountFlags.NoAccessTime | MountFlags.NoFolderAccessTime)) != 0;
        images = backing;

        int stateFolder = held.Take(HeldDescriptors.State);
        var state = LinuxStorage.FromDescriptor(stateFolder, descriptors);
        parts.Push(state);
        var preserve = LinuxStorage.FromDescriptor(held.Take(HeldDescriptors.Preserve), descriptors);
        parts.Push(preserve);
        engine = OpenEngine(stateFolder, state, preserve, backing!, logs.CreateLogger("Engine"));
        parts.Push(engine);
        if (memory!.Settings is { Length: > 0 } settings && SettingWords.Read(SettingWords.Parse(settings)) is { } told && engine.Set(told) is { Succeeded: false } refused)
            log.LogWarning("What the mount was told after it went live doesn't count any more: {Message}", refused.Message);
        // Others use the filesystems too.
        parts.Push(new Timer(_ => engine.LookAfterSpace(), null, LookInterval, LookInterval));
        parts.Push(new Timer(_ => watch.Look(), null, LookInterval, LookInterval));

        var cache = new KernelCache();
        // Never where images are written: while one is read past the daemon, it could only be written past it too.
        passthrough = request.ReadOnly ? new KernelPassthrough() : null;
        var kept = new KeptReferences(keeper, IdleDescriptors.MostHeldOf(limit), message => log.LogWarning("{Message}", message));
        var openFolders = new ClientFolders(request.MountPoint);
        var commands = logs.CreateLogger("Snapshots");
        error = MountTree.Create(
            engine, backing!, Memory(HeldDescriptors.Nodes), Memory(HeldDescriptors.Handles), cache,
            new()
            {
                ShowSnapshots = request.ShowSnapshots,
                OpenFolders = openFolders,
                ReadOnly = request.ReadOnly,
                Passthrough = passthrough,
                Log = message => commands.LogWarning("{Message}", message),
                Journal = new(memory!.Journal),
                Keeper = kept,
                Descriptors = descriptors,
            },
            out var tree);
        if (error != FsError.None)
            throw new CommandFailedException(ExitCodes.From(error), $"The backing directory {request.BackingDirectory} can't be shown ({error}).");
        parts.Push(tree!);
        var nameless = kept.Adopt(held, tree!);
        Serve(tree!, cache, new SessionLog(logs.CreateLogger("Fuse")));
        if (nameless.Count > 0)
            ThreadPool.QueueUserWorkItem(_ => kept.Review(nameless, cache));
    }

    private Engine OpenEngine(int stateFolder, LinuxStorage state, LinuxStorage preserve, LinuxBackingDirectory backing, ILogger engineLog)
    {
        Outcome outcome;
        Engine? opened;
        try
        {
            var catalog = OpenCatalog(stateFolder, state);
            outcome = Engine.Open(state, preserve, catalog, backing, new()
            {
                MaxCheckpoints = request.MaxCheckpoints,
                DurableSnapshots = request.DurableSnapshots,
                StateReserve = null,
                BackingPath = request.BackingDirectory,
                PreservePath = request.PreservePath,
                PreserveIsNamed = request.Preserve is not null,
                AdoptState = request.AdoptState,
                LeasesStay = Succeeds,
                Refusals = memory!,
                PreserveLimit = request.PreserveLimit,
                WhenFull = request.WhenFull,
                WhenFullLimit = request.WhenFullLimit is { } seconds ? TimeSpan.FromSeconds(seconds) : new EngineOptions().WhenFullLimit,
                // A filesystem that went and came back may have lost what it was given, as if the machine had stopped.
                BootId = $"{File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim()} {backing.MountInstance:x} {state.MountInstance:x} {preserve.MountInstance:x}",
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

    /// <summary>SQLite needs some room even to open: on a full state directory that is what the reserve is for.</summary>
    private SqliteCatalog OpenCatalog(int stateFolder, LinuxStorage state)
    {
        var path = $"/proc/self/fd/{stateFolder}/catalog.db";
        var shown = request.StateDirectory + "/catalog.db";
        try
        {
            return SqliteCatalog.Open(path, VerbatimPaths.Register(), shown);
        }
        catch (CatalogException e) when (e.Error is FsError.NoSpace or FsError.Io && Engine.GiveReserveBack(state))
        {
            return SqliteCatalog.Open(path, VerbatimPaths.Register(), shown);
        }
        catch (CatalogException e) when (e.Error is FsError.NoSpace || (e.Error is FsError.Io && state.GetSpace(out long free, out _) == FsError.None && free < RoomToOpen))
        {
            throw new CatalogException(FsError.NoSpace, Engine.NoRoom, e);
        }
    }

    private unsafe VdFs.FileSystem.Nodes.TableMemory Memory(string name)
    {
        var error = SharedRegion.Adopt(held.Take(name), out var region);
        if (error != FsError.None)
            throw new CommandFailedException(ExitCode.HostLacks, $"Memory for the table {name} can't be had ({error}); raise the limits of this user or container.");
        parts.Push(region!);
        return new(region!.Pointer, region.Length);
    }

    private void Serve(ITree tree, KernelCache cache, SessionLog sessionLog)
    {
        int descriptor = Succeeds ? held.Take(HeldDescriptors.Device) : keeper.TakeDevice();
        if (!Succeeds)
            MountHoldings.NoteConnection(request, held);
        var device = new SafeFileHandle(descriptor, ownsHandle: true);
        parts.Push(device);
        // Before the device when it comes to disposal: what is queued still goes to its descriptor.
        parts.Push(cache);
        bool byRing = IsByRing();
        transport = byRing ? Transport.IoUring : Transport.Read;
        var queues = new DeviceTransport([KernelRelease.CanResend ? device : OwnQueue(device)], byRing);
        passthrough?.Attach(queues);
        var options = new SessionOptions { Spin = TimeSpan.FromMicroseconds(request.Spin), Passthrough = passthrough is not null };
        session = new(queues, tree, request.Threads == 0 ? options : options with { Threads = request.Threads }, sessionLog, memory);
        new Thread(Run) { Name = "vdfs session", IsBackground = true }.Start();
        if (!session.ResendRequests())
            log.LogWarning("This kernel can't send again what the former worker had begun (Linux 6.9 can): who waited for that got an error.");
        var ready = session.WaitUntilReady(ReadyLimit);
        if (ready.Succeeded)
        {
            cache.Attach(queues);
            if (!Succeeds)
                ReadAhead.Set(request.MountPoint);
            keeper.TellServing();
            return;
        }
        Detach();
        device.Dispose();
        ended.Task.Wait(ReadyLimit);
        throw new CommandFailedException(ExitCodes.From(ready.Error), ready.Message);
    }

    /// <summary>Whether requests come by io_uring. A mount that is live goes on without, if it has to.</summary>
    private bool IsByRing()
    {
        if (request.Transport == Transport.Read || FuseRings.WhyNot() is not { } why)
            return request.Transport != Transport.Read;
        if (request.Transport == Transport.IoUring && !Succeeds)
            throw new CommandFailedException(ExitCode.HostLacks, $"--transport io_uring can't be had: {why}. Mount without it: requests then come by read(2), which is somewhat slower.");
        log.LogInformation("Requests come by read(2): {Why}.", why);
        return false;
    }

    /// <summary>
    /// Before Linux 6.9 nothing can be sent again. What is read from a queue that only this worker has fails when it dies; from one that the supervisor has too, it
    /// would wait until the mount ends.
    /// </summary>
    private SafeFileHandle OwnQueue(SafeFileHandle device)
    {
        var queue = FuseDevice.Clone(device, out int errno)
            ?? throw new CommandFailedException(ExitCode.HostLacks, $"A queue of the mount for this worker can't be made (errno {errno}).");
        parts.Push(queue);
        return queue;
    }

    private void Run()
    {
        End = session!.Run();
        if (End.Reason != SessionEndReason.Unmounted)
        {
            log.LogError("{Message}", End.Message);
            // Nobody can serve it any more: better gone than dead.
            if (End.Reason == SessionEndReason.Aborted)
                Detach();
        }
        ended.TrySetResult();
    }

    /// <summary>As after a death, but with nothing under way: records and stores are with the kernel, the catalog's transactions are done or undone.</summary>
    private void MakeRoom()
    {
        // Who asked for it gets an answer first.
        Thread.Sleep(AnswerTime);
        session!.Retire(RetireLimit);
        ProcessCalls.ExitNow(WorkerEnd.Upgrade);
    }

    private void Close()
    {
        if (engine is not null && engine.Stop() is { Succeeded: false } failed)
            log.LogError("{Message}", failed.Message);
        while (parts.TryPop(out var part))
            part.Dispose();
    }
}
