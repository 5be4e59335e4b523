using VdFs.Core.Errors;
using VdFs.Core.Snapshots;
using VdFs.TestKit.Memory;

namespace VdFs.Core.Tests.Engine;

/// <summary>A cut that was refused, could not be settled, and came back, as the supervisor's memory alone knows.</summary>
public sealed class RefusedCutTests
{
    [Fact]
    public void A_refused_cut_that_comes_back_is_dropped_and_gives_back_the_names_that_it_took()
    {
        using EngineWorld world = ThatCameBack();
        world.Restart(clean: false);
        Assert.Equal([("s~1", false), ("s", false)], world.Engine.Snapshots.All.Select(s => (s.Name, s.Held)));
        Assert.Null(world.Options.Refusals.Refused);
    }

    [Fact]
    public void It_is_gone_before_anything_can_end_a_start()
    {
        using EngineWorld world = ThatCameBack();
        world.State.Fault = operation => operation.Contains("intents", StringComparison.Ordinal) ? FsError.Io : FsError.None;
        Assert.False(Open(world).Succeeded);
        world.State.Fault = null;
        Assert.Null(world.Options.Refusals.Refused);
        Assert.Equal(["s~1", "s"], Names(world.Catalog));
        world.Restart(clean: false);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_start_that_ends_at_one_of_its_commits_leaves_all_of_the_cut_or_nothing(int commits)
    {
        using EngineWorld world = ThatCameBack();
        world.Catalog.Around = (_, work) =>
        {
            if (--commits <= 0)
                return FsError.Io;
            work();
            return FsError.None;
        };
        world.Catalog.MayComeBack = null;
        Assert.False(Open(world).Succeeded);
        world.Catalog.Around = null;
        if (world.Options.Refusals.Refused is null)
            Assert.Equal(["s~1", "s"], Names(world.Catalog));
        else
            Assert.Equal(["s~2", "s~1", "s"], Names(world.Catalog));
        world.Restart(clean: false);
        Assert.Equal(["s~1", "s"], Names(world.Catalog));
    }

    /// <summary>Two checkpoints, s~1 and s, and a cut s that was refused; its commit is done now, as another process would find it.</summary>
    private static EngineWorld ThatCameBack()
    {
        var world = new EngineWorld(new EngineOptions { Refusals = new RefusalMemory(), SettleLimit = TimeSpan.Zero });
        world.Create("a");
        foreach (string _ in new[] { "oldest", "older" })
        {
            world.Cut("s");
            world.Release("s");
        }
        Action? handedOver = null;
        // The device takes one commit more, and its sync fails; from then on it takes nothing.
        world.Catalog.Around = (commit, work) =>
        {
            if (handedOver is not null)
                return FsError.Io;
            if (commit != "complete")
            {
                work();
                return FsError.None;
            }
            handedOver = work;
            return FsError.Io;
        };
        world.Catalog.MayComeBack = () => true;
        Assert.Equal(FsError.Io, world.Engine.Create("s", [], out _).Error);
        Assert.Equal(["s~1", "s"], world.Engine.Snapshots.All.Select(s => s.Name));
        handedOver!();
        world.Catalog.Around = null;
        Assert.Equal(["s~2", "s~1", "s"], Names(world.Catalog));
        return world;
    }

    private static Outcome Open(EngineWorld world) => VdFs.Core.Engine.Open(world.State, world.Preserve, world.Catalog, world.Tree, world.Options, out _);

    private static IEnumerable<string> Names(MemoryCatalog catalog) => catalog.Load().Cuts.Select(c => c.Name);
}
