using System.IO;
using System.Text.RegularExpressions;
using VdFs.TestKit.Mounting;

namespace VdFs.Cli.Tests.Scripts;

/// <summary>
/// Words of tests and scripts that stand where a shell, or a start of a process, takes a program: at the beginning of a string or line, after `;`, `|`, `$(` and the like.
/// More than is called: text may begin with a word that is also a program's name.
/// </summary>
internal static partial class CalledPrograms
{
    private static readonly string[] Folders = ["tests", "mount-scripts", "native-deps", ".ci"];

    /// <summary>Python, which has a package of its own; sources of fixtures; what builds make.</summary>
    private static readonly string[] Others = ["/bin/", "/obj/", "/tests/bench/", "/tests/fixtures/"];

    /// <summary>Each word with the files that have it.</summary>
    public static Dictionary<string, SortedSet<string>> Collect()
    {
        var words = new Dictionary<string, SortedSet<string>>();
        foreach (string path in Folders.SelectMany(f => Directory.EnumerateFiles(Path.Combine(Repository.Root, f), "*", SearchOption.AllDirectories)))
        {
            string name = path[Repository.Root.Length..];
            if (Others.Any(o => name.Contains(o, StringComparison.Ordinal)))
                continue;
            foreach (string text in Texts(path))
            {
                foreach (Match match in Word().Matches(text))
                {
                    if (!words.TryGetValue(match.Groups[1].Value, out var files))
                        words.Add(match.Groups[1].Value, files = []);
                    files.Add(name);
                }
            }
        }
        return words;
    }

    private static IEnumerable<string> Texts(string path)
    {
        switch (Path.GetExtension(path))
        {
            case ".cs":
                string code = Comment().Replace(File.ReadAllText(path), "");
                return Literal().Matches(code).Select(m => m.Groups[1].Success ? m.Groups[1].Value : m.Groups[2].Value);
            case ".sh" or "":
                string script = File.ReadAllText(path);
                return script.StartsWith("#!", StringComparison.Ordinal) || path.EndsWith(".sh", StringComparison.Ordinal) ? [Remark().Replace(script, "")] : [];
            default:
                return [];
        }
    }

    [GeneratedRegex("""^\s*//.*$""", RegexOptions.Multiline)]
    private static partial Regex Comment();

    [GeneratedRegex("""^\s*#.*$""", RegexOptions.Multiline)]
    private static partial Regex Remark();

    [GeneratedRegex(""""
        """+(.*?)"""+|"((?:[^"\\\n]|\\.)*)"
        """", RegexOptions.Singleline | RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Literal();

    [GeneratedRegex("""
        (?:^|[;|&({\n`]|!\s|\b(?:do|then|else|exec|sudo|command|command\ -v|env|if|while|until|timeout\s\S+|xargs(?:\s-\S+)*)\s)
        \s*([A-Za-z][A-Za-z0-9_.+-]*)(?=$|[\s;|&)`"'])
        """, RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Word();
}
