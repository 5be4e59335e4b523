namespace VdFs.Mounted.Tests;

/// <summary>The seed of random tests: from the variable VDFS_SEED, else a new one; tests print it.</summary>
internal static class TestSeed
{
    public static int Get() =>
        int.TryParse(Environment.GetEnvironmentVariable("VDFS_SEED"), out int seed) ? seed : Random.Shared.Next(1, 1_000_000);

    public static string Message(int seed) => $"seed {seed}; run again with VDFS_SEED={seed}";
}
