using System.Collections.Concurrent;

namespace VdFs.Core.Images;

/// <summary>
/// Images that lost their last name, and their last client, before any cut had them: nothing will ask for them again, and what is kept of them goes soon. Safe from any thread.
/// </summary>
/// <remarks>
/// They are taken many at a time: taking records off their list costs one sync, however many there are. One that a cut has listed waits for the next cut, which sees that it is gone.
/// </remarks>
internal sealed class DepartedImages
{
    private readonly ConcurrentQueue<Image> waiting = new();
    private int called;

    /// <summary>Adds an image, unless something may still ask for it. True: the caller sees to it that what waits is taken.</summary>
    public bool Add(Image image)
    {
        if (!IsUnasked(image))
            return false;
        waiting.Enqueue(image);
        return Interlocked.Exchange(ref called, 1) == 0;
    }

    /// <summary>Takes those that wait and that nothing asks for by now. Under the engine's cut lock, so that no cut is listing them.</summary>
    public Image[] Take()
    {
        // In this order: what is added from here on calls anew.
        Interlocked.Exchange(ref called, 0);
        var taken = new HashSet<Image>();
        while (waiting.TryDequeue(out Image? image))
        {
            if (IsUnasked(image))
                taken.Add(image);
        }
        return [.. taken];
    }

    private static bool IsUnasked(Image image) => image is { IsNameless: true, InCatalog: false, IsHeld: false, InUse: false, Retained: false };
}
