using System.CommandLine;
using System.Text;
using VdFs.Cli.Output;
using VdFs.Cli.Service;
using VdFs.Core.Snapshots;
using VdFs.Core.Storage;

namespace VdFs.Cli.Commands;

/// <summary>`vdfs changes IMAGE --from CUT [--to CUT]`.</summary>
internal static class ChangesCommand
{
    public static Command Build(CliHost host, Option<bool> json)
    {
        var image = new Argument<string>("IMAGE") { Description = "Path of the image in the mount." };
        var from = new Option<string>("--from") { Description = "The older cut: a snapshot or a checkpoint.", HelpName = "CUT", Required = true };
        var to = new Option<string?>("--to") { Description = "The newer cut; now if left out.", HelpName = "CUT" };
        var command = new Command("changes", "Show which parts of an image changed since a cut. With --json also its path and size at both.") { image, from, to };
        command.SetAction(async (parsed, cancellation) =>
        {
            var (mount, path) = MountLookup.FindImage(host, parsed.GetRequiredValue(image));
            using var client = MountLookup.Connect(host, mount);
            var report = await client.ChangesAsync(path, parsed.GetRequiredValue(from), parsed.GetValue(to), cancellation).ConfigureAwait(false);
            if (parsed.GetValue(json))
                WriteJson(host, report);
            else
                WriteTable(host, report);
            return (int)ExitCode.Ok;
        });
        return command;
    }

    private static List<Extent> Extents(ChangeReport report) =>
        !report.Full ? [.. report.Extents] : report.Size > 0 ? [new(0, report.Size)] : [];

    private static void WriteJson(CliHost host, ChangeReport report)
    {
        var answer = new ChangesAnswer(Text(report.Image), report.From, report.To, report.Size, report.Full, report.Reason, Extents(report))
        {
            FormerImage = report.FormerImage is { } former ? Text(former) : null, FormerSize = report.FormerSize,
            ImageBytes = BytesOf(report.Image), FormerImageBytes = BytesOf(report.FormerImage),
        };
        JsonOutput.Write(host.Out, answer, ServiceJson.Default.ChangesAnswer);
        if (report.Full)
            host.Error.WriteLine($"vdfs: all of {ByteText.Show(report.Image)} counts as changed: {report.Reason}");
    }

    private static string Text(string name) => Encoding.UTF8.GetString(ByteText.Encode(name));

    private static byte[]? BytesOf(string? name) => name is null || ByteText.IsText(name) ? null : ByteText.Encode(name);

    private static void WriteTable(CliHost host, ChangeReport report)
    {
        var extents = Extents(report);
        long total = 0;
        foreach (var extent in extents)
            total += extent.Length;
        if (!report.Full && report.FormerImage is { } former && former != report.Image.Trim('/'))
            host.Out.WriteLine($"At {report.From}, the image was {ByteText.Show(former)}: what changed since then is of that one.");
        if (report.FormerSize is { } size && size != report.Size)
            host.Out.WriteLine($"Its size was {Units.Bytes(size)} then, and is {Units.Bytes(report.Size)}.");
        if (report.Full)
            host.Out.WriteLine($"All of {ByteText.Show(report.Image)} counts as changed: {report.Reason}");
        else if (extents.Count > 0)
            HumanOutput.Table(host.Out, [">start", ">length", ">"], extents.Select(extent => (IReadOnlyList<string>)
                [Units.Count(extent.Start), Units.Count(extent.Length), Units.Bytes(extent.Length)]));
        host.Out.WriteLine($"{Units.Bytes(total)} of {Units.Bytes(report.Size)} changed in {Units.Count(extents.Count)} {(extents.Count == 1 ? "extent" : "extents")} from {report.From} to {report.To ?? "now"}.");
    }
}
