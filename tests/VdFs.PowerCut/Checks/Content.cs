using VdFs.PowerCut.Load;
using VdFs.PowerCut.Native;

namespace VdFs.PowerCut.Checks;

/// <summary>What an image's spots hold: for each sector the number of the write that it comes from, as <see cref="Sector.Read"/> tells it.</summary>
public sealed class Content
{
    private readonly int[] numbers = new int[LoadPlan.ImageSectors];

    private Content(int image) => Image = image;

    public int Image { get; }

    /// <summary>By place: spot × sectors of a spot + sector of the spot.</summary>
    public IReadOnlyList<int> Numbers => numbers;

    /// <summary>Where a place lies in the image, in bytes.</summary>
    public long Offset(int place) => LoadPlan.Offset(Image, place / LoadPlan.SpotSectors, place % LoadPlan.SpotSectors);

    /// <summary>Whose writes a place takes.</summary>
    public static int Owner(int place) => LoadPlan.Owner(place % LoadPlan.SpotSectors);

    /// <exception cref="CallFailedException">It can't be opened or read.</exception>
    public static Content Read(string path, int image)
    {
        var content = new Content(image);
        using RawFile file = RawFile.ForReading(path);
        byte[] spot = new byte[LoadPlan.SpotSectors * LoadPlan.SectorSize];
        for (int place = 0; place < LoadPlan.ImageSectors; place++)
        {
            int sector = place % LoadPlan.SpotSectors;
            if (sector == 0)
                file.Read(spot, content.Offset(place));
            content.numbers[place] = Sector.Read(spot.AsSpan(sector * LoadPlan.SectorSize, LoadPlan.SectorSize), image, content.Offset(place));
        }
        return content;
    }

    /// <summary>All images after each writer's writes up to a number, or those of them that a condition picks.</summary>
    public static Content[] After(LoadPlan plan, IReadOnlyList<int> last, Func<PlannedWrite, bool>? when = null)
    {
        Content[] images = [.. Enumerable.Range(0, LoadPlan.Images).Select(i => new Content(i))];
        for (int writer = 0; writer < LoadPlan.Writers; writer++)
        {
            for (int number = 1; number <= last[writer]; number++)
            {
                PlannedWrite write = plan.Write(writer, number);
                if (when is null || when(write))
                    images[write.Image].numbers.AsSpan(write.Spot * LoadPlan.SpotSectors + write.First, write.Sectors).Fill(number);
            }
        }
        return images;
    }
}
