using System.IO;

namespace VdFs.TestKit.Mounting;

/// <summary>Where the checkout is and what was built with these tests.</summary>
public static class Repository
{
    /// <summary>The folder that holds VdFs.sln.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Debug or Release: that of the running tests.</summary>
    public static string Configuration { get; } =
        AppContext.BaseDirectory.Contains("/Release/", StringComparison.Ordinal) ? "Release" : "Debug";

    /// <summary>An assembly of a project, built in the tests' configuration.</summary>
    /// <param name="project">The project's folder below the root.</param>
    /// <param name="assembly">Path in the folder of that configuration.</param>
    public static string Assembly(string project, string assembly)
    {
        string path = Path.Combine(Root, project, "bin", Configuration, "net10.0", assembly);
        return File.Exists(path) ? path : throw new FileNotFoundException($"Not built: {path}", path);
    }

    /// <summary>The command, compiled as users have it.</summary>
    public static string Vdfs => Assembly("src/VdFs.Cli", "publish/vdfs.dll");

    private static string FindRoot()
    {
        for (string? folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "VdFs.sln")))
                return folder;
        }
        throw new DirectoryNotFoundException($"No VdFs.sln above {AppContext.BaseDirectory}");
    }
}
