using System.IO;
using VdFs.TestKit.Mounting;
using VdFs.TestKit.Processes;

namespace VdFs.Cli.Tests.Scripts;

/// <summary>What a fresh machine gets from native-deps/packages.sh is all that tests and scripts call.</summary>
public sealed class PackagesTests
{
    private static readonly string[] Path = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

    /// <summary>Text that begins with the name of a program that it doesn't call; or the program is a guest's, or of the system that tests/fresh.sh makes.</summary>
    private static readonly HashSet<string> Texts =
        ["as", "at", "convert", "file", "free", "init", "look", "make", "node", "open", "poweroff", "reboot", "shutdown", "size", "time", "update-ca-certificates", "view", "w", "watch", "who", "write"];

    [Fact]
    public void Every_program_that_tests_and_scripts_call_is_of_a_package_that_they_install()
    {
        if (!File.Exists("/usr/bin/dpkg-query"))
            return;
        HashSet<string> listed = [.. Listed(), .. Minimal()];
        var programs = CalledPrograms.Collect().Where(w => !Texts.Contains(w.Key))
            .Select(w => (Paths: Find(w.Key), w.Key, w.Value)).Where(p => p.Paths.Count > 0).ToList();
        Assert.InRange(programs.Count, 60, 1000);
        var owners = Owners(programs.SelectMany(p => p.Paths));
        var missing = from program in programs
                      let packages = program.Paths.Where(owners.ContainsKey).SelectMany(p => owners[p]).Distinct().ToList()
                      where packages.Count > 0 && !packages.Any(listed.Contains)
                      select $"{program.Key} is of {string.Join(" or ", packages)}; {string.Join(" ", program.Value.Take(3))}";
        Assert.Empty(missing);
    }

    /// <summary>With what these depend on themselves: python3 is a package that brings python3-minimal.</summary>
    private static IEnumerable<string> Listed() =>
        Tool.Bash($$"""
            source {{Repository.Root}}/native-deps/packages.sh
            packages=$(packages_for bench; packages_for release)
            echo "$packages"
            dpkg-query -W -f '${Pre-Depends}, ${Depends}\n' $packages 2>/dev/null | tr ',|' '\n\n' | sed 's/^ *//; s/[ (:].*//; /^$/d' || true
            """).Checked().Lines;

    /// <summary>What every Debian has, `debootstrap --variant=minbase` too.</summary>
    private static IEnumerable<string> Minimal() =>
        from line in Tool.Run("dpkg-query", "-W", "-f", "${Package}\\t${Essential}\\t${Priority}\\n").Checked().Lines
        let fields = line.Split('\t')
        where fields[1] == "yes" || fields[2] == "required" || fields[0] == "apt"
        select fields[0];

    /// <summary>Under all of its names: packages know programs by the path that they install.</summary>
    private static List<string> Find(string program)
    {
        string? path = Path.Select(f => $"{f}/{program}").FirstOrDefault(File.Exists);
        if (path is null)
            return [];
        // Through all links, such as those of update-alternatives.
        string real = Tool.Run("readlink", "-f", path).Checked().Lines[0];
        return [.. new[] { path, real }.SelectMany(p => new[] { p, p.StartsWith("/usr/", StringComparison.Ordinal) ? p[4..] : "/usr" + p }).Distinct()];
    }

    private static Dictionary<string, List<string>> Owners(IEnumerable<string> paths)
    {
        var owners = new Dictionary<string, List<string>>();
        // Says of some that nobody has them, and ends with 1 then.
        foreach (string line in Tool.Run("dpkg-query", ["--search", .. paths]).Lines)
        {
            int colon = line.LastIndexOf(": ", StringComparison.Ordinal);
            if (colon < 0 || line.StartsWith("diversion by", StringComparison.Ordinal))
                continue;
            owners[line[(colon + 2)..]] = [.. line[..colon].Split(", ").Select(p => p.Split(':')[0])];
        }
        return owners;
    }
}
