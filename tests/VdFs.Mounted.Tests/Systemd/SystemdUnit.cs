using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Text.RegularExpressions;

namespace VdFs.Mounted.Tests.Systemd;

/// <summary>
/// The unit vdfs@.service as it is shipped, under a real systemd: a user's instance in namespaces of its own, so that it neither needs nor touches the one that runs
/// the machine. What it mounts is seen here too, as the folder is shared between the namespaces. Ends with the images that it mounted.
/// </summary>
internal sealed partial class SystemdUnit : IMounter, IDisposable
{
    public const string Program = "/lib/systemd/systemd";
    private const string Name = "vdfs@test.service";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    private readonly string[] changes;
    private BackgroundTool? systemd;
    private string folder = "";
    private string shared = "";
    private string inside = "";

    /// <param name="changes">Lines of the unit's section [Service] that are to be different from what is shipped.</param>
    public SystemdUnit(params string[] changes) => this.changes = changes;

    /// <summary>What the unit starts: a script in place of /usr/bin/vdfs.</summary>
    public string Command => Path.Combine(folder, "vdfs");

    /// <summary>What the workers logged.</summary>
    public string Log => File.Exists(LogPath) ? File.ReadAllText(LogPath) : "";

    private string LogPath => Path.Combine(folder, "unit.log");

    public void Mount(MountedImages images)
    {
        if (systemd is null)
            Start(images);
        Control("start", Name).Checked();
    }

    public void Unmount(MountedImages images) => Control("stop", Name).Checked();

    /// <summary>systemctl --user</summary>
    public ToolResult Control(params string[] words) => Inside(["systemctl", "--user", .. words]);

    public string Show(string property) => Control("show", Name, "--value", "-p", property).Checked().Output.Trim();

    public int Stored => int.Parse(Show("NFileDescriptorStore"), CultureInfo.InvariantCulture);

    /// <summary>Sends a signal to the worker.</summary>
    public void Signal(string signal) => Control("kill", "--kill-who=main", "-s", signal, Name).Checked();

    public IReadOnlyList<double> Pauses() => [.. PauseLine().Matches(Log).Select(m => double.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture))];

    /// <summary>Waits until as many workers were replaced.</summary>
    public void WaitForSuccession(int count) => WaitFor($"{count} successions", () => Pauses().Count >= count);

    public void WaitFor(string what, Func<bool> condition)
    {
        var clock = Stopwatch.StartNew();
        while (!condition())
        {
            if (clock.Elapsed > Limit)
                throw new TimeoutException($"{what}: not within {Limit.TotalSeconds} s\n{Log}\n{string.Join('\n', systemd!.Lines.TakeLast(40))}");
            Thread.Sleep(20);
        }
    }

    public void Dispose()
    {
        systemd?.Dispose();
        systemd = null;
        if (shared.Length > 0)
            Tool.Run("umount", "--lazy", shared);
        shared = "";
    }

    private void Start(MountedImages images)
    {
        folder = Directory.CreateDirectory(Path.Combine(images.Scratch, "systemd")).FullName;
        string units = Directory.CreateDirectory(Path.Combine(folder, "home/.config/systemd/user")).FullName;
        string shipped = File.ReadAllText(Path.Combine(Repository.Root, "mount-scripts/systemd/vdfs@.service"));
        File.WriteAllText(Path.Combine(units, "vdfs@.service"), shipped.Replace("/usr/bin/vdfs", Command, StringComparison.Ordinal).Replace("/etc/vdfs", folder, StringComparison.Ordinal));
        string dropIn = Directory.CreateDirectory(Path.Combine(units, Name + ".d")).FullName;
        File.WriteAllText(Path.Combine(dropIn, "test.conf"), $"[Service]\nStandardOutput=append:{LogPath}\nStandardError=inherit\n{string.Join('\n', changes)}\n");
        File.WriteAllText(Path.Combine(folder, "test.conf"), $"IMAGES={images.Backing}\nMOUNTPOINT={images.Mount}\nOPTIONS=--state {images.State}\n");
        File.WriteAllText(Command, $"#!/bin/sh\nexec {string.Join(' ', VdfsCommand.CommandLine)} \"$@\"\n");
        Tool.Run("chmod", "755", Command).Checked();

        images.Own(this);
        Tool.Run("mount", "--bind", images.Root, images.Root).Checked();
        shared = images.Root;
        Tool.Run("mount", "--make-shared", images.Root).Checked();
        string script =
            $"""
            mount --make-private / 2>/dev/null; mount --make-private /run 2>/dev/null
            mkdir -p /run/systemd/system '{folder}/run'
            chmod 700 '{folder}/run'
            {Environment} {Program} --user --unit=basic.target --log-target=console &
            echo "inside $(cut -d' ' -f4 /proc/self/stat)"
            wait
            """;
        if (!Directory.Exists("/run/systemd/system"))
            script = "mkdir -p /run/systemd; mount -t tmpfs none /run/systemd\n" + script;
        systemd = new BackgroundTool("unshare", ["--mount", "--propagation", "unchanged", "--pid", "--fork", "--kill-child", "--mount-proc", "bash", "-c", script]);
        systemd.WaitFor("the namespaces", lines => lines.Any(l => l.StartsWith("inside", StringComparison.Ordinal)), Limit);
        inside = File.ReadAllText($"/proc/{systemd.Id}/task/{systemd.Id}/children").Trim();
        WaitFor("systemd", () => Control("is-active", "basic.target").ExitCode == 0);
    }

    private string Environment => $"HOME='{folder}/home' XDG_RUNTIME_DIR='{folder}/run' SYSTEMD_LOG_LEVEL=info";

    private ToolResult Inside(IReadOnlyList<string> command) =>
        Tool.Run("nsenter", ["--target", inside, "--mount", "--pid", "--", "env", $"HOME={folder}/home", $"XDG_RUNTIME_DIR={folder}/run", .. command], Limit);

    [GeneratedRegex("serves after a pause of ([0-9]+) ms")]
    private static partial Regex PauseLine();
}
