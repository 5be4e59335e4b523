using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Snapshots;
using VdFs.Core.Storage;
using VdFs.TestKit.World;

namespace VdFs.Core.Tests.World;

/// <summary>Who looks at an image's size and time may be overtaken by others.</summary>
public sealed class SightingTests
{
    private readonly SimulatedWorld world = new(shared: false);

    private VdFs.Core.Engine Open()
    {
        Assert.True(VdFs.Core.Engine.Open(world.State, world.Preserve, world.Catalog, world.Tree, world.Options(new EngineOptions()), out VdFs.Core.Engine? engine).Succeeded);
        return engine!;
    }

    private Image Create(VdFs.Core.Engine engine, out SimulatedFile file)
    {
        Assert.Equal(FsError.None, world.Tree.Create("a", out SimulatedFile? made));
        file = made!;
        return engine.Images.Add(file.Node!.Key, file.Node.Identity);
    }

    [Fact]
    public void A_look_that_a_write_and_a_cut_overtook_suspects_nobody()
    {
        using VdFs.Core.Engine engine = Open();
        using var worker = new Worker(engine.Gate, mayWait: true);
        Image image = Create(engine, out SimulatedFile file);
        Assert.True(engine.Create("s").Succeeded);
        bool overtaken = false;
        world.Machine.OnCall = call =>
        {
            if (call != "image.attributes" || overtaken)
                return;
            overtaken = true;
            Assert.Equal(FsError.None, image.Write(worker, file, 0, new byte[5000], WriteDurability.None, out _));
            Assert.True(engine.Create("t").Succeeded);
        };
        Assert.False(engine.IsUnseen(image, file));
        Assert.True(overtaken);
        Assert.All(engine.List(), s => Assert.Equal("whole", s.State));
        // It would be noticed if it were somebody else.
        world.Tree.WriteBehind(file.Node!, 0, [1, 2, 3]);
        Assert.True(engine.IsUnseen(image, file));
    }

    [Fact]
    public void What_somebody_wrote_past_the_mount_is_noticed_by_its_end_if_nobody_asked_before()
    {
        using (VdFs.Core.Engine engine = Open())
        {
            _ = Create(engine, out SimulatedFile file);
            Assert.True(engine.Create("s").Succeeded);
            world.Tree.WriteBehind(file.Node!, 0, [1, 2, 3]);
            Assert.True(engine.Stop().Succeeded);
        }
        world.EndProcess();
        using VdFs.Core.Engine next = Open();
        Assert.Contains("changed", next.List()[0].State, StringComparison.Ordinal);
        Assert.True(next.Changes("a", "s", null, out ChangeReport? report).Succeeded);
        Assert.True(report!.Full);
    }

    [Fact]
    public void What_was_noticed_is_known_after_a_kill()
    {
        using (VdFs.Core.Engine engine = Open())
        {
            Image image = Create(engine, out SimulatedFile file);
            Assert.True(engine.Create("s").Succeeded);
            world.Tree.WriteBehind(file.Node!, 0, [1, 2, 3]);
            Assert.True(engine.IsUnseen(image, file));
            // Killed before anything that was left to the background is done.
        }
        world.EndProcess();
        using VdFs.Core.Engine next = Open();
        Assert.Contains("changed", next.List()[0].State, StringComparison.Ordinal);
        Assert.True(next.Changes("a", "s", null, out ChangeReport? report).Succeeded);
        Assert.True(report!.Full);
    }
}
