using System.IO;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using VdFs.Cli.Mounting;
using VdFs.Core.Backups;
using VdFs.Core.Errors;
using VdFs.Core.Snapshots;

namespace VdFs.Cli.Service;

/// <summary>
/// The service around one mount: HTTP and JSON on a Unix socket, for its owner only. Never touches a path below the mount,
/// which this very process serves.
/// </summary>
public sealed partial class ControlService : IAsyncDisposable
{
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromSeconds(1);

    private readonly WebApplication application;
    private readonly ISnapshotService snapshots;
    private readonly IBackupService backups;
    private readonly OrphanedLeases orphans;
    private readonly IMountInfo mount;
    private readonly DateTimeOffset started = DateTimeOffset.UtcNow;
    private readonly ILogger log;

    private ControlService(WebApplication application, ISnapshotService snapshots, IBackupService backups, IMountInfo mount, ILogger log)
    {
        this.application = application;
        this.snapshots = snapshots;
        this.backups = backups;
        orphans = new OrphanedLeases(backups);
        this.mount = mount;
        this.log = log;
    }

    /// <summary>Listens on <paramref name="socket"/>, mode 0600, in a folder that is the owner's alone; a socket that was left there is replaced.</summary>
    /// <param name="succeeds">A former worker of this mount may have held leases for backups that still run.</param>
    public static async Task<ControlService> StartAsync(string socket, ISnapshotService snapshots, IBackupService backups, IMountInfo mount, bool succeeds, ILoggerFactory logs, CancellationToken cancellation = default)
    {
        File.Delete(socket);
        // The empty builder on purpose: the usual ones read settings files from the content root and watch it, with all its folders, for
        // changes. A daemon that runs in `/` would so walk into its own mount and wait for itself.
        var builder = WebApplication.CreateEmptyBuilder(new() { ContentRootPath = Path.GetDirectoryName(socket) });
        builder.Services.AddSingleton(logs);
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = 1 << 20;
            kestrel.ListenUnixSocket(socket);
        });
        var application = builder.Build();
        var service = new ControlService(application, snapshots, backups, mount, logs.CreateLogger("Service"));
        service.Map();
        if (succeeds)
            service.orphans.Begin(snapshots.List());
        await application.StartAsync(cancellation).ConfigureAwait(false);
        File.SetUnixFileMode(socket, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return service;
    }

    public async ValueTask DisposeAsync()
    {
        orphans.Dispose();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        await application.StopAsync(limit.Token).ConfigureAwait(false);
        await application.DisposeAsync().ConfigureAwait(false);
    }

    private void Map()
    {
        var json = ServiceJson.Default;
        application.UseRouting();
        application.MapGet(ServicePaths.Status, (RequestDelegate)(context => AnswerAsync(context, () => Results(Status(), json.MountStatus))));
        application.MapGet(ServicePaths.List, (RequestDelegate)(context => AnswerAsync(context, () => Results([.. snapshots.List()], json.ListSnapshotInfo))));
        application.MapGet(ServicePaths.Check, (RequestDelegate)CheckAsync);
        Post(ServicePaths.Create, json.CreateRequest, request =>
            snapshots.Create(request.Name, request.Patterns, out var made) is { Succeeded: false } failed ? Failure(failed) : Results(made!, json.SnapshotInfo));
        Post(ServicePaths.Release, json.NameRequest, request => Outcome(snapshots.Release(request.Name), $"Snapshot {request.Name} is a checkpoint now."));
        Post(ServicePaths.Rename, json.RenameRequest, request => Outcome(snapshots.Rename(request.From, request.To), $"{request.From} is called {request.To} now."));
        Post(ServicePaths.Delete, json.NameRequest, request => Outcome(snapshots.Delete(request.Name), $"{request.Name} is forgotten."));
        Post(ServicePaths.Upgrade, json.UpgradeRequest, request => Outcome(mount.Upgrade(request.Build), $"{request.Build} takes over."));
        Post(ServicePaths.Set, json.SetRequest, Set);
        MapBackups();
        Post(ServicePaths.Changes, json.ChangesRequest, request =>
            snapshots.Changes(request.Image, request.From, request.To, out var report) is { Succeeded: false } failed ? Failure(failed) : Results(report!, json.ChangeReport));
    }

    private Answer Set(SetRequest request)
    {
        if (SettingWords.Read(request) is not { } settings)
            return Failure(Core.Errors.Outcome.Failed(FsError.InvalidArgument, "The settings can't be read; nothing was changed. Use the same version of vdfs as the mount."));
        var outcome = snapshots.Set(settings);
        if (outcome.Succeeded)
            mount.Remember(request);
        return Outcome(outcome, "Set, until the mount ends; `vdfs status` shows it.");
    }

    /// <summary>Tells how far it is, a line at a time, so that the client knows that it lives. Ends when the client does.</summary>
    private async Task CheckAsync(HttpContext context)
    {
        var aborted = context.RequestAborted;
        long bytes = 0;
        var check = Task.Run(() =>
        {
            var outcome = snapshots.Check(new() { Live = true, Cancellation = aborted, Progress = read => Volatile.Write(ref bytes, read) }, out var report);
            return outcome.Succeeded ? new CheckLine(Volatile.Read(ref bytes), report) : new(Volatile.Read(ref bytes), Error: new(outcome.Error, outcome.Message));
        }, CancellationToken.None);
        context.Response.ContentType = ServicePaths.Lines;
        try
        {
            while (await Task.WhenAny(check, Task.Delay(ProgressInterval, aborted)).ConfigureAwait(false) != check && !aborted.IsCancellationRequested)
                await WriteLineAsync(context, new(Volatile.Read(ref bytes))).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The client is gone, so the check ends.
        }
        try
        {
            await WriteLineAsync(context, await check.ConfigureAwait(false)).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            log.LogInformation("A check was ended by who had asked for it, after {Bytes} bytes of pre-images.", Volatile.Read(ref bytes));
        }
    }

    private static async Task WriteLineAsync(HttpContext context, CheckLine line)
    {
        byte[] text = [.. JsonSerializer.SerializeToUtf8Bytes(line, ServiceJson.Default.CheckLine), (byte)'\n'];
        await context.Response.Body.WriteAsync(text, context.RequestAborted).ConfigureAwait(false);
        await context.Response.Body.FlushAsync(context.RequestAborted).ConfigureAwait(false);
    }

    private MountStatus Status()
    {
        var all = snapshots.List();
        int held = all.Count(one => one.Held);
        var processes = mount.Processes();
        var (free, total) = mount.ImageRoom();
        var status = new MountStatus(
            mount.Describe(), Environment.ProcessId, new(Environment.ProcessId, processes.Build, processes.Transport),
            processes.Holder, processes.Supervisor is { } supervisor ? new(supervisor) : null, processes.Restarts, processes.Hangs, processes.FailedUpgrades, processes.LastPauseMilliseconds, CommandVersion.Text, started,
            (DateTimeOffset.UtcNow - started).TotalSeconds, held, all.Count - held, snapshots.Status(),
            GC.CollectionCount(0), GC.GetTotalAllocatedBytes(precise: true), Environment.WorkingSet)
        {
            ImagesFree = free,
            ImagesTotal = total,
            Descriptors = processes.Descriptors,
        };
        return status with { Warnings = MountWarnings.Of(status, all) };
    }

    private void Post<T>(string path, JsonTypeInfo<T> type, Func<T, Answer> handle) =>
        application.MapPost(path, (RequestDelegate)(async context =>
        {
            var request = await ReadAsync(context, type).ConfigureAwait(false);
            await AnswerAsync(context, () => request is null ? NotUnderstood() : handle(request)).ConfigureAwait(false);
        }));

    /// <returns>Null: not the JSON that this address takes.</returns>
    private static async Task<T?> ReadAsync<T>(HttpContext context, JsonTypeInfo<T> type)
    {
        try
        {
            return await JsonSerializer.DeserializeAsync(context.Request.Body, type, context.RequestAborted).ConfigureAwait(false);
        }
        catch (JsonException)
        {
            return default;
        }
    }

    private static Answer NotUnderstood() =>
        Failure(Core.Errors.Outcome.Failed(FsError.InvalidArgument, "The request isn't the JSON that this address takes; use the same version of vdfs as the mount."));

    /// <summary>The engine's calls block, a cut for seconds: they get a thread of the pool, not Kestrel's.</summary>
    private static async Task AnswerAsync(HttpContext context, Func<Answer> handle)
    {
        var answer = await Task.Run(handle).ConfigureAwait(false);
        context.Response.StatusCode = answer.StatusCode;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = answer.Body.Length;
        await context.Response.Body.WriteAsync(answer.Body, context.RequestAborted).ConfigureAwait(false);
    }

    private static Answer Outcome(Outcome outcome, string done) =>
        outcome.Succeeded ? Results(new Done(done), ServiceJson.Default.Done) : Failure(outcome);

    private static Answer Results<T>(T value, JsonTypeInfo<T> type) =>
        new(StatusCodes.Status200OK, JsonSerializer.SerializeToUtf8Bytes(value, type));

    private static Answer Failure(Outcome outcome) => new(
        outcome.Error switch
        {
            FsError.NotFound => StatusCodes.Status404NotFound,
            FsError.AlreadyExists => StatusCodes.Status409Conflict,
            FsError.InvalidArgument or FsError.NameTooLong => StatusCodes.Status400BadRequest,
            _ => StatusCodes.Status422UnprocessableEntity,
        },
        JsonSerializer.SerializeToUtf8Bytes(new(outcome.Error, outcome.Message), ServiceJson.Default.ServiceError));

    private readonly record struct Answer(int StatusCode, byte[] Body);
}
