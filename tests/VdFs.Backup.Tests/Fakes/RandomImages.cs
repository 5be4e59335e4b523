namespace VdFs.Backup.Tests.Fakes;

/// <summary>Changes images as guests and their administrators do: writes, zeros, holes, growing, shrinking, renaming, deleting, making.</summary>
internal sealed class RandomImages
{
    private readonly FakeMount mount;
    private readonly Random random;
    private int made;

    public RandomImages(FakeMount mount, int seed)
    {
        this.mount = mount;
        random = new Random(seed);
        for (int i = 0; i < 4; i++)
            Make();
    }

    public void Change()
    {
        for (int i = random.Next(1, 12); i > 0; i--)
            Step();
    }

    private void Step()
    {
        string path = mount.Images.Keys.ElementAt(random.Next(mount.Images.Count));
        var image = mount.Images[path];
        int size = image.Content.Length;
        switch (random.Next(20))
        {
            case < 8 when size > 0:
                Write(path, random.Next(size), random.Next(1, 20_000));
                break;
            case < 10 when size > 0:
                // Written zeros.
                int at = random.Next(size);
                mount.Write(path, at, new byte[Math.Min(random.Next(1, 30_000), size - at)]);
                break;
            case < 12 when size > 4096:
                // Written anew as it was.
                int from = random.Next(size / 4096) * 4096;
                mount.Write(path, from, image.Content.AsSpan(from, Math.Min(8192, size - from)).ToArray());
                break;
            case < 14 when size > 0:
                image.Punch(random.Next((size + 4095) / 4096), random.Next(1, 10), mount.Generation);
                break;
            case 14:
                image.Resize(size + random.Next(1, 100_000), mount.Generation);
                break;
            case 15:
                image.Resize(random.Next(size + 1), mount.Generation);
                break;
            case 16:
                mount.Images.Remove(path);
                mount.Images[$"{(random.Next(2) == 0 ? "" : "sub/")}renamed {made++}@.img"] = image;
                break;
            case 17 when mount.Images.Count > 2:
                mount.Images.Remove(path);
                break;
            case 18:
                Make();
                break;
            default:
                // The lineage breaks for another reason than a check.
                image.KnownSince = mount.Generation + 1;
                image.Broken = "the test broke it";
                break;
        }
    }

    private void Make()
    {
        string path = $"{(random.Next(2) == 0 ? "" : "db/")}image {made++}.img";
        mount.Add(path);
        mount.Images[path].Resize(random.Next(1, 400_000), mount.Generation);
        Write(path, 0, random.Next(1, 100_000));
    }

    private void Write(string path, int offset, int length)
    {
        byte[] data = new byte[length];
        random.NextBytes(data);
        mount.Write(path, offset, data);
    }
}
