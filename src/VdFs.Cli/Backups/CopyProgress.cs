using System.Collections.Concurrent;
using Spectre.Console;
using VdFs.Backup;
using VdFs.Backup.Copying;
using VdFs.Backup.Paths;
using VdFs.Backup.Repositories;
using VdFs.Cli.Output;

namespace VdFs.Cli.Backups;

/// <summary>
/// Shows how copying goes: bars with rate and remaining time on a terminal, else nothing; with --verbose a line per image; with --json neither, as the answer is one value.
/// Sentences about what is wrong go to stderr in any case. Called from any thread.
/// </summary>
internal sealed class CopyProgress : IBackupObserver, IProgressObserver
{
    private readonly Lock output = new();
    private readonly ConcurrentDictionary<RelativePath, ProgressTask> bars = new();
    private readonly CliHost host;
    private readonly bool lines;
    private readonly ProgressContext? context;
    private ProgressTask? all;

    private CopyProgress(CliHost host, bool lines, ProgressContext? context)
    {
        this.host = host;
        this.lines = lines;
        this.context = context;
    }

    /// <param name="host">Where to.</param>
    /// <param name="json">The answer is JSON.</param>
    /// <param name="verbose">A line per image is wanted.</param>
    /// <param name="action">What is to be shown.</param>
    public static async Task<T> RunAsync<T>(CliHost host, bool json, bool verbose, Func<CopyProgress, Task<T>> action)
    {
        if (json || !host.Terminal)
            return await action(new(host, verbose && !json, null)).ConfigureAwait(false);
        return await ProgressTerminal.Open(host.Out).Progress()
            .AutoClear(true)
            .HideCompleted(true)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new TransferSpeedColumn(), new RemainingTimeColumn())
            .StartAsync(context => action(new(host, verbose, context))).ConfigureAwait(false);
    }

    public void Tell(string sentence) => Say(host.Error, sentence);

    public void Warn(string sentence) => Say(host.Error, "warning: " + sentence);

    public void Planned(int images, long bytes)
    {
        all = context?.AddTask($"{images} {(images == 1 ? "image" : "images")}", maxValue: Math.Max(1, bytes));
        if (lines)
            Say(host.Out, $"{Units.Count(images)} {(images == 1 ? "image" : "images")}, {Units.Bytes(bytes)} to read.", prefix: false);
    }

    public void Started(RelativePath image, BackupWay way, string reason, long bytes)
    {
        Started(image, bytes);
        if (reason.Length > 0 && lines)
            Say(host.Out, $"{image}: {Words(way)}, because {reason}.", prefix: false);
    }

    public void Started(RelativePath image, long bytes)
    {
        if (context is not null && bytes > 0)
            bars[image] = context.AddTask(Markup.Escape(image.ToString()), maxValue: bytes);
    }

    public void Advanced(RelativePath image, long bytes)
    {
        all?.Increment(bytes);
        if (bars.TryGetValue(image, out var bar))
            bar.Increment(bytes);
    }

    public void Finished(BackupImage image)
    {
        Finish(image.Path);
        if (lines)
            Say(host.Out, $"{image.Path}: {Words(image.Way)}, {Units.Bytes(image.Stored)} stored of {Units.Bytes(image.Size)}.", prefix: false);
    }

    public void Finished(RelativePath image, string outcome)
    {
        Finish(image);
        if (lines)
            Say(host.Out, $"{image}: {outcome.TrimEnd('.')}.", prefix: false);
    }

    public static string Words(BackupWay way) => way switch
    {
        BackupWay.Full => "full",
        BackupWay.Incremental => "incremental",
        BackupWay.Compared => "compared with the last backup",
        _ => "unchanged",
    };

    private void Finish(RelativePath image)
    {
        if (bars.TryRemove(image, out var bar))
            bar.StopTask();
    }

    private void Say(System.IO.TextWriter to, string sentence, bool prefix = true)
    {
        lock (output)
        {
            to.WriteLine(Shown.Text(prefix ? "vdfs: " + sentence : sentence));
        }
    }
}
