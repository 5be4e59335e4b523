using System.IO;
using Microsoft.Win32.SafeHandles;

namespace VdFs.Mounted.Tests.Snapshots;

/// <summary>
/// Several images full of slots, threads that write them without pause, and the check that a view is one instant of them all.
/// </summary>
public sealed class SectorWorld : IDisposable
{
    private const int ImageCount = 4;
    private const int ThreadsPerImage = 2;
    private const int SlotsPerImage = 192;

    /// <summary>Three sectors: slots straddle blocks and share them with their neighbours.</summary>
    private const int SlotSize = 3 * Sector.Size;

    private const int ImageSize = SlotsPerImage * SlotSize;
    private readonly Slot[][] slots = [.. Enumerable.Range(0, ImageCount).Select(_ => Enumerable.Range(0, SlotsPerImage).Select(_ => new Slot()).ToArray())];
    private readonly List<Thread> threads = [];
    private readonly string folder;
    private readonly bool direct;
    private volatile bool stopping;
    private volatile Exception? failure;
    private long written;

    /// <param name="folder">Where the images are made.</param>
    /// <param name="seed">Of the places that are written.</param>
    /// <param name="direct">
    /// Images of an odd number are written with O_DIRECT, a slot in one request, and no view may show half of one. Others are written through
    /// the page cache, which splits a write at the edges of pages that it doesn't hold; there a sector is the unit.
    /// </param>
    public SectorWorld(string folder, int seed, bool direct)
    {
        this.folder = folder;
        this.direct = direct;
        for (int image = 0; image < ImageCount; image++)
        {
            using FileStream file = File.Create(Path.Combine(folder, Name(image)));
            file.SetLength(ImageSize);
        }
        for (int image = 0; image < ImageCount; image++)
        {
            for (int part = 0; part < ThreadsPerImage; part++)
            {
                (int i, int p) = (image, part);
                threads.Add(new Thread(() => WriteUntilStopped(i, p, seed)) { IsBackground = true });
            }
        }
        threads.ForEach(t => t.Start());
    }

    public LogicalClock Clock { get; } = new();

    public long Written => Interlocked.Read(ref written);

    /// <summary>Rethrows what ended a writer.</summary>
    public void ThrowIfFailed()
    {
        if (failure is { } e)
            throw new InvalidOperationException($"A writer failed: {e.Message}", e);
    }

    /// <summary>
    /// Checks a view cut between two ticks: nothing acknowledged before the first is missing, nothing begun after the second is there,
    /// and no write is there while another, acknowledged before it began, is missing.
    /// </summary>
    public void Check(string view, long cutBegun, long cutDone)
    {
        long latestPresent = 0, earliestMissing = long.MaxValue;
        string present = "", missing = "";
        byte[] content = new byte[ImageSize];
        for (int image = 0; image < ImageCount; image++)
        {
            using SafeFileHandle file = File.OpenHandle(Path.Combine(view, Name(image)));
            Assert.Equal(ImageSize, RandomAccess.GetLength(file));
            Assert.Equal(ImageSize, RandomAccess.Read(file, content, 0));
            for (int at = 0; at < ImageSize; at += Sector.Size)
            {
                int number = Sector.Read(content.AsSpan(at, Sector.Size), image, at);
                int s = at / SlotSize;
                int first = at % SlotSize == 0 ? number : Sector.Read(content.AsSpan(s * SlotSize, Sector.Size), image, s * SlotSize);
                Assert.True(number == first || !IsDirect(image), $"{view}: image {image}, slot {s}: half of write {Math.Max(first, number)}");
                Slot slot = slots[image][s];
                long started = slot.Started(number);
                long nextAcknowledged = slot.Acknowledged(number + 1);
                Assert.True(started < cutDone, $"{view}: write {number} of image {image}, slot {s} began after the cut");
                Assert.True(nextAcknowledged > cutBegun, $"{view}: write {number + 1} of image {image}, slot {s} was acknowledged before the cut and is missing");
                if (started > latestPresent)
                    (latestPresent, present) = (started, $"write {number} of image {image}, slot {s}");
                if (nextAcknowledged < earliestMissing)
                    (earliestMissing, missing) = (nextAcknowledged, $"write {number + 1} of image {image}, slot {s}");
            }
        }
        Assert.True(earliestMissing > latestPresent, $"{view}: {missing} is missing though acknowledged before the beginning of {present}, which is there");
    }

    public void Dispose()
    {
        stopping = true;
        foreach (Thread thread in threads)
            thread.Join(TimeSpan.FromSeconds(30));
    }

    private static string Name(int image) => $"disk{image}.img";

    private bool IsDirect(int image) => direct && image % 2 == 1;

    private void WriteUntilStopped(int image, int part, int seed)
    {
        try
        {
            string path = Path.Combine(folder, Name(image));
            using SafeFileHandle file = IsDirect(image) ? Native.OpenDirect(path) : File.OpenHandle(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            var random = new Random(seed + (image * ThreadsPerImage) + part);
            byte[] buffer = new byte[SlotSize];
            while (!stopping)
            {
                int s = (random.Next(SlotsPerImage / ThreadsPerImage) * ThreadsPerImage) + part;
                Slot slot = slots[image][s];
                long offset = (long)s * SlotSize;
                int number = slot.Begin(Clock.Tick());
                for (int sector = 0; sector < SlotSize / Sector.Size; sector++)
                    Sector.Write(buffer.AsSpan(sector * Sector.Size, Sector.Size), image, offset + (sector * Sector.Size), number);
                RandomAccess.Write(file, buffer, offset);
                slot.Acknowledge(number, Clock.Tick());
                Interlocked.Increment(ref written);
            }
        }
        catch (Exception e) when (e is System.IO.IOException or UnauthorizedAccessException)
        {
            failure = e;
        }
    }
}
