using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Storage;
using VdFs.TestKit.World;

namespace VdFs.Core.Tests.World;

/// <summary>Who looks at an image's size and time may be overtaken by others.</summary>
public sealed class SightingTests
{
    [Fact]
    public void A_look_that_a_write_and_a_cut_overtook_suspects_nobody()
    {
        var world = new SimulatedWorld(shared: false);
        Assert.True(VdFs.Core.Engine.Open(world.State, world.Preserve, world.Catalog, world.Tree, world.Options(new EngineOptions()), out VdFs.Core.Engine? engine).Succeeded);
        using (engine)
        {
            using var worker = new Worker(engine!.Gate, mayWait: true);
            Assert.Equal(FsError.None, world.Tree.Create("a", out SimulatedFile? file));
            Image image = engine.Images.Add(file!.Node!.Key, file.Node.Identity);
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
            world.Tree.WriteBehind(file.Node, 0, [1, 2, 3]);
            Assert.True(engine.IsUnseen(image, file));
        }
    }
}
