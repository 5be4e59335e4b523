using System.Diagnostics;
using System.Globalization;
using System.Text;
using VdFs.PosixProbe.Native;

namespace VdFs.PosixProbe;

/// <summary>
/// Where a case works: a folder of its own, and a transcript of what it saw. Steps are written down as results or errno names;
/// what differs from run to run (times, inode numbers) only as comparisons.
/// </summary>
public sealed class Ground(string root)
{
    private readonly StringBuilder transcript = new();

    public string Transcript => transcript.ToString();

    internal string At(string name) => name.Length == 0 ? root : $"{root}/{name}";

    /// <summary>Writes a step down and answers its result.</summary>
    internal long Step(string label, long result)
    {
        Note(label, result < 0 ? Posix.ErrorName(result) : result.ToString(CultureInfo.InvariantCulture));
        return result;
    }

    /// <summary>A step whose positive result (a descriptor) means nothing.</summary>
    internal long Try(string label, long result)
    {
        Note(label, result < 0 ? Posix.ErrorName(result) : "ok");
        return result;
    }

    internal void Note(string label, object value)
    {
        if (transcript.Length > 0)
            transcript.Append("; ");
        transcript.Append(label).Append('=').Append(value);
    }

    /// <summary>The result, which must not be an error.</summary>
    internal static long Must(long result) =>
        result >= 0 ? result : throw new ProbeException($"A needed step failed: {Posix.ErrorName(result)}");

    internal long Open(string name, int flags, uint mode = 0b110_100_100) => Must(Posix.Open(At(name), flags, mode));

    internal void File(string name, string content = "content", uint mode = 0b110_100_100)
    {
        long fd = Open(name, Flags.WriteOnly | Flags.Create | Flags.Truncate, mode);
        if (content.Length > 0)
            Must(Posix.Write(fd, Encoding.Latin1.GetBytes(content)));
        Must(Posix.Close(fd));
        Must(Posix.ChangeMode(At(name), mode));
    }

    internal void Folder(string name, uint mode = 0b111_101_101)
    {
        Must(Posix.MakeDirectory(At(name), mode));
        Must(Posix.ChangeMode(At(name), mode));
    }

    internal string Content(string name)
    {
        long fd = Posix.Open(At(name), Flags.ReadOnly);
        if (fd < 0)
            return Posix.ErrorName(fd);
        string content = Content(fd);
        Must(Posix.Close(fd));
        return content;
    }

    /// <summary>Up to 4 KiB from the beginning, NUL bytes as `0`.</summary>
    internal static string Content(long fd)
    {
        byte[] buffer = new byte[4096];
        long read = Posix.ReadAt(fd, buffer, 0);
        return read < 0 ? Posix.ErrorName(read) : Encoding.Latin1.GetString(buffer, 0, (int)read).Replace('\0', '0');
    }

    internal StatxBuffer Stat(string name)
    {
        Must(Posix.Stat(At(name), out StatxBuffer buffer));
        return buffer;
    }

    internal static StatxBuffer Stat(long fd)
    {
        Must(Posix.Stat(fd, out StatxBuffer buffer));
        return buffer;
    }

    internal string Mode(string name) => Convert.ToString(Stat(name).Mode & 0xfff, 8);

    /// <summary>Acts as another user (effective ids, no further groups unless given), then as root again.</summary>
    internal static void As(uint user, uint group, Action action, params uint[] groups)
    {
        Must(Posix.Result(Libc.setgroups(groups.Length, groups)));
        Must(Posix.Result(Libc.setegid(group)));
        Must(Posix.Result(Libc.seteuid(user)));
        try
        {
            action();
        }
        finally
        {
            Must(Posix.Result(Libc.seteuid(0)));
            Must(Posix.Result(Libc.setegid(0)));
            Must(Posix.Result(Libc.setgroups(0, [])));
        }
    }

    /// <summary>Longer than the granularity of any filesystem's clock that tests meet.</summary>
    internal static void LetTimePass() => Thread.Sleep(25);

    /// <summary>Writes down which of a file's times moved since <paramref name="before"/>.</summary>
    internal void Moved(string label, StatxBuffer before, StatxBuffer after) => Note(label, string.Concat(
        before.Access.ToString() != after.Access.ToString() ? "a" : "",
        before.Modification.ToString() != after.Modification.ToString() ? "m" : "",
        before.Change.ToString() != after.Change.ToString() ? "c" : ""));

    /// <summary>Runs a case of this program in another process below the same folder and answers its transcript.</summary>
    internal string Other(string helper, params string[] arguments)
    {
        using Process process = Start(helper, arguments);
        string output = process.StandardOutput.ReadToEnd().Trim();
        process.WaitForExit();
        return output;
    }

    internal Process Start(string helper, params string[] arguments) => Process.Start(
        new ProcessStartInfo("dotnet", [typeof(Ground).Assembly.Location, "--helper", root, helper, .. arguments])
        { RedirectStandardOutput = true })!;

    /// <summary>Runs a shell command in the folder and writes down exit code and output.</summary>
    internal void Shell(string label, string command)
    {
        using var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", command + " 2>&1"])
        { RedirectStandardOutput = true, WorkingDirectory = root })!;
        string output = process.StandardOutput.ReadToEnd().Trim().ReplaceLineEndings("|");
        process.WaitForExit();
        Note(label, $"{process.ExitCode} {output}".TrimEnd());
    }
}
