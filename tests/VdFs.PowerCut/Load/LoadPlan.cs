namespace VdFs.PowerCut.Load;

/// <summary>
/// What the load writes, where and in which order: a pure function of the seed, so that the checker knows it without being told.
/// </summary>
/// <remarks>
/// Images are large and sparse; written are only their spots of 1 MiB, which lie in different regions: some all the time, some now and
/// then, some only in the beginning. Each writer has sectors of its own in every spot, so that for every sector the order of its writes is known;
/// the first block of one writer's sectors is shared with its neighbour.
/// </remarks>
public sealed class LoadPlan(ulong seed)
{
    public const int SectorSize = 512;
    public const int Images = 3;
    public const int Writers = 4;
    public const int Spots = 6;
    public const int SpotSectors = 2048;
    public const int ImageSectors = Spots * SpotSectors;
    public const long ImageSize = 640L << 20;

    /// <summary>Writes after a power cut have numbers from here on.</summary>
    public const int AfterPowerCut = 100_000_000;

    private readonly int syncEvery = (int)(Mix(seed ^ 0x5359_4e43) % 4) switch { 0 => 16, 1 => 48, 2 => 160, _ => 600 };
    private readonly int durableEvery = (int)(Mix(seed ^ 0x4453_594e) % 3) switch { 0 => 20, 1 => 90, _ => 1000 };

    public ulong Seed => seed;

    /// <summary>How it syncs, for reports.</summary>
    public string Rhythm => $"fsync every {syncEvery} writes, O_DSYNC every {durableEvery}";

    public static string Name(int image) => image switch { 0 => "a.img", 1 => "b.img", _ => "sub/c.img" };

    /// <summary>Where a sector of a spot lies in its image, in bytes.</summary>
    public static long Offset(int image, int spot, int sector) =>
        (spot * 100L << 20) + (image + 1) * 12_288L + (long)sector * SectorSize;

    /// <summary>Whose a sector of a spot is.</summary>
    public static int Owner(int sector) => Math.Clamp((sector - 3) / (SpotSectors / Writers), 0, Writers - 1);

    public PlannedWrite Write(int writer, int number)
    {
        ulong random = Mix(Mix(seed + (ulong)writer * 0x9e37_79b9) + (ulong)number);
        int image = IsQuiet(number) ? Take(ref random, Images - 1) : Take(ref random, Images);
        int kind = Take(ref random, 100);
        int spot = number < 40 ? Take(ref random, Spots)
            : kind < 55 ? 0
            : kind < 80 ? 1
            : kind < 96 ? 2 + Take(ref random, 2)
            : number < 400 ? 4 : 3;
        int begin = writer == 0 ? 0 : writer * (SpotSectors / Writers) + 3;
        int end = writer == Writers - 1 ? SpotSectors : (writer + 1) * (SpotSectors / Writers) + 3;
        int length = Take(ref random, 4) switch
        {
            0 => 1 + Take(ref random, 7),
            1 or 2 => 8,
            _ => 16 + Take(ref random, 112),
        };
        int first = begin + Take(ref random, end - begin - length + 1);
        if (length % 8 == 0 && first / 8 * 8 >= begin)
            first = first / 8 * 8;
        else if (!IsDirect(writer))
            length = Math.Min(length, 8 - first % 8);
        return new PlannedWrite(writer, number, image, spot, first, length,
            number % durableEvery == durableEvery / 2, number % syncEvery == syncEvery - 1);
    }

    /// <summary>
    /// Whether a writer writes with O_DIRECT, as hypervisors do. The others go through the page cache, where the kernel makes several requests of a write that begins or ends within a
    /// block and goes on in another: their writes don't, as a cut may come between requests.
    /// </summary>
    public static bool IsDirect(int writer) => writer < Writers / 2;

    /// <summary>The last image is written in the beginning and now and then; in between it may come to rest.</summary>
    private static bool IsQuiet(int number) => number % 1000 is >= 60 and < 980;

    /// <summary>splitmix64.</summary>
    public static ulong Mix(ulong value)
    {
        value += 0x9e37_79b9_7f4a_7c15;
        value = (value ^ (value >> 30)) * 0xbf58_476d_1ce4_e5b9;
        value = (value ^ (value >> 27)) * 0x94d0_49bb_1331_11eb;
        return value ^ (value >> 31);
    }

    private static int Take(ref ulong random, int count)
    {
        int taken = (int)(random % (ulong)count);
        random = Mix(random);
        return taken;
    }
}
