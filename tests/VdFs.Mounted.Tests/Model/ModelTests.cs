using Xunit.Abstractions;

namespace VdFs.Mounted.Tests.Model;

/// <summary>Thousands of random steps on a real mount agree with a model of byte arrays.</summary>
public sealed class ModelTests(ITestOutputHelper output)
{
    private const int Steps = 10_000;
    private const int StepsPerMount = 1000;

    [Fact]
    public void Random_steps_agree_with_the_model()
    {
        int seed = TestSeed.Get();
        output.WriteLine(TestSeed.Message(seed));
        using var images = new MountedImages("--max-checkpoints", "100000");
        var world = new ModelWorld(images, seed);
        List<string> steps = [];
        IDisposable? watchdog = null;
        try
        {
            for (int step = 0; step < Steps; step++)
            {
                if (step % StepsPerMount == 0)
                {
                    if (step > 0)
                    {
                        world.CheckAll();
                        watchdog?.Dispose();
                        images.Unmount();
                        images.MountAgain();
                    }
                    watchdog = images.AbortAfter(TimeSpan.FromMinutes(2));
                    world.CheckAll();
                }
                steps.Add($"{step}: {world.Step()}");
            }
            world.CheckAll();
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"{TestSeed.Message(seed)}\n{string.Join('\n', steps)}\nthen: {e.Message}", e);
        }
        finally
        {
            watchdog?.Dispose();
        }
    }
}
