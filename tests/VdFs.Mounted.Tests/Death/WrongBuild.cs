using System.IO;

namespace VdFs.Mounted.Tests.Death;

/// <summary>Programs that aren't a build that can serve, though each tells a version: what `vdfs upgrade` may be given.</summary>
internal static class WrongBuild
{
    /// <summary>What each does when it is to serve, as lines of a shell.</summary>
    public static IReadOnlyDictionary<string, string> All { get; } = new Dictionary<string, string>
    {
        ["ends well"] = "exit 0",
        ["ends badly"] = "exit 1",
        ["ends as if it couldn't read the command line"] = "exit 2",
        ["ends as one that was refused"] = "exit 5",
        ["ends as one that makes room"] = "exit 75",
        ["is killed"] = "kill -9 $$",
        ["is another program"] = "exec true",
        ["doesn't understand"] = $"exec {string.Join(' ', VdfsCommand.CommandLine)} \"$@\" --an-option-of-the-future",
        ["stays in between"] = $"{string.Join(' ', VdfsCommand.CommandLine)} \"$@\"",
        ["is deleted while it starts"] = "rm -- \"$0\"; exec \"$0\"",
    };

    /// <summary>Makes one.</summary>
    /// <param name="folder">Where.</param>
    /// <param name="script">What it does when it is to serve; empty: it deletes itself when asked for its version.</param>
    public static string Make(string folder, string script)
    {
        string path = Path.Combine(folder, $"build-{Guid.NewGuid():n}");
        string version = script.Length == 0 ? "rm -- \"$0\"; exit 0" : "exit 0";
        File.WriteAllText(path, $"#!/bin/sh\nif [ \"$1\" = --version ]; then echo 9.9.9; {version}; fi\n{script}\n");
        Tool.Run("chmod", "755", path).Checked();
        return path;
    }
}
