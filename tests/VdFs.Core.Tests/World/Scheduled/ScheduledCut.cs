using VdFs.TestKit.World;

namespace VdFs.Core.Tests.World.Scheduled;

/// <summary>A cut of a scheduled run, with every image as it was when its record was written.</summary>
internal sealed class ScheduledCut(string name)
{
    public string Name { get; } = name;

    /// <summary>When the gate was closed; -1: not yet.</summary>
    public int At { get; private set; } = -1;

    public Dictionary<ScheduledImage, Pages> Images { get; private set; } = [];

    /// <summary>Its client was answered.</summary>
    public bool Answered { get; set; }

    /// <summary>A client began to release it, or was answered that it is.</summary>
    public bool Releasing { get; set; }

    public bool Released { get; set; }

    /// <summary>A power cut may have lost it, or what it shows of images.</summary>
    public bool MayBeLost { get; set; }

    public void Capture(IEnumerable<ScheduledImage> images, int now)
    {
        At = now;
        Images = images.ToDictionary(i => i, i => i.Node.Inode.Cache.Clone());
    }
}
