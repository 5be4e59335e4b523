using VdFs.Core.Deltas;
using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Snapshots;
using VdFs.Core.Storage;

namespace VdFs.Core.Tests.Engine;

/// <summary>Deltas of an engine on memory, as the tree asks for them.</summary>
internal static class DeltaWorld
{
    public static Delta Find(this EngineWorld world, string older, string newer)
    {
        Outcome outcome = world.Engine.FindDelta(older, newer, mayWait: true, out Delta? delta);
        Assert.True(outcome.Succeeded, outcome.Message);
        return delta!;
    }

    public static Outcome TryLayOut(this EngineWorld world, Delta delta, string name, out DeltaImage? image)
    {
        FileListEntry entry = delta.Newer.Files.FindPath(System.Text.Encoding.UTF8.GetBytes(name))!;
        Image of = world.Engine.Images.Find(entry.Image)!;
        Assert.Equal(FsError.None, world.Tree.OpenImage(of.Id, of.Identity, [], out IBackingFile? file));
        using (file)
            return world.Engine.LayOut(delta, entry, of, file!, out image);
    }

    public static DeltaImage LayOut(this EngineWorld world, string older, string newer, string name)
    {
        Outcome outcome = world.TryLayOut(world.Find(older, newer), name, out DeltaImage? image);
        Assert.True(outcome.Succeeded, outcome.Message);
        return image!;
    }

    /// <summary>Tells one layout from another.</summary>
    public static uint SumOf(this EngineWorld world, string older, string newer, string name)
    {
        Delta delta = world.Find(older, newer);
        DeltaImage image = world.LayOut(older, newer, name);
        Assert.True(delta.TryGetInfo(image.Index, out DeltaImageInfo info));
        Assert.Equal((image.Layout.Length, image.Layout.AllocatedBytes), (info.Length, info.Allocated));
        Assert.Equal(info.JsonLength, delta.Describe(image).LongLength);
        return info.Sum;
    }
}
