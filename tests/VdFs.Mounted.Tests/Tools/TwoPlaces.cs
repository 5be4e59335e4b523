using System.IO;

namespace VdFs.Mounted.Tests.Tools;

/// <summary>A bare directory and a mount beside it, on one filesystem.</summary>
public sealed class TwoPlaces : IDisposable
{
    private readonly MountedImages images = new();
    private int runs;

    /// <summary>
    /// Runs the same in a new folder of each and compares what it answers. The second argument is a scratch folder that is
    /// on neither.
    /// </summary>
    public void Same(Func<string, string, string> scenario)
    {
        string bare = Run(images.Scratch, scenario);
        string mounted = Run(images.Mount, scenario);
        Assert.True(bare == mounted, $"\nbare directory: {bare}\nmount:          {mounted}");
    }

    public void Dispose() => images.Dispose();

    private string Run(string place, Func<string, string, string> scenario)
    {
        string name = $"run-{runs++}";
        string folder = Directory.CreateDirectory(Path.Combine(place, name)).FullName;
        using var scratch = new TemporaryFolder();
        string answer = scenario(folder, scratch.Path);
        // One run at a time on the disk.
        Tool.Run("rm", "-rf", folder).Checked();
        return answer;
    }
}
