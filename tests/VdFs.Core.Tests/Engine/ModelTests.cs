using VdFs.Core.Deltas;
using VdFs.Core.Snapshots;
using VdFs.Core.Storage;
using VdFs.TestKit.Deltas;
using Xunit.Abstractions;

namespace VdFs.Core.Tests.Engine;

/// <summary>
/// The engine against a model that is a byte[] per image and a copy of all images per snapshot. Random operations by seed; the seed of a failure is
/// in its message and can be given as VDFS_SEED.
/// </summary>
public sealed class ModelTests(ITestOutputHelper output)
{
    private const int MaxImage = 600_000;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public void Views_and_changes_agree_with_a_model_over_random_operations(int seed)
    {
        if (int.TryParse(Environment.GetEnvironmentVariable("VDFS_SEED"), out int given))
            seed = given;
        output.WriteLine($"seed {seed}");
        try
        {
            using var run = new Run(seed);
            run.Do(1500);
        }
        catch (Exception e)
        {
            throw new Xunit.Sdk.XunitException($"seed {seed}: {e}");
        }
    }

    private sealed class Run(int seed) : IDisposable
    {
        private readonly Random random = new(seed);
        private readonly EngineWorld world = new(new EngineOptions { MaxCheckpoints = 6 });
        private readonly Dictionary<string, byte[]> images = [];
        private readonly Dictionary<string, Dictionary<string, byte[]>> held = [];

        /// <summary>Content at every cut that still has a name, by its number, to check changes against.</summary>
        private readonly Dictionary<long, Dictionary<string, byte[]>> cuts = [];

        private readonly Dictionary<(long From, long To, string Name), uint> laid = [];

        private int names;

        public void Do(int operations)
        {
            for (int i = 0; i < 4; i++)
                CreateImage();
            for (int i = 0; i < operations; i++)
                Step();
            Check();
        }

        public void Dispose() => world.Dispose();

        private void Step()
        {
            switch (random.Next(100))
            {
                case < 50: Write(); break;
                case < 56: Truncate(); break;
                case < 62: Punch(); break;
                case < 67: Cut(); break;
                case < 72: Release(); break;
                case < 74: CreateImage(); break;
                case < 76: DeleteImage(); break;
                case < 78: RenameImage(); break;
                case < 80: Forget(); break;
                case < 82: world.Restart(clean: random.Next(2) == 0); break;
                case < 92: CheckOne(); break;
                case < 97: CheckChanges(); break;
                default: CheckDelta(); break;
            }
        }

        private string Any() => images.Keys.ElementAt(random.Next(images.Count));

        private void CreateImage()
        {
            string name = $"i{names++}";
            world.Create(name);
            images[name] = [];
        }

        private void Write()
        {
            string name = Any();
            int offset = random.Next(random.Next(2) == 0 ? images[name].Length + 1 : MaxImage);
            int length = random.Next(1, random.Next(3) == 0 ? 100_000 : 9000);
            if (random.Next(2) == 0)
            {
                offset &= ~4095;
                length = Math.Max(4096, length & ~4095);
            }
            byte[] data = new byte[length];
            if (random.Next(5) != 0)
                random.NextBytes(data);
            world.Write(name, offset, data);
            if (images[name].Length < offset + length)
                images[name] = Resized(images[name], offset + length);
            data.CopyTo(images[name], offset);
        }

        private void Truncate()
        {
            string name = Any();
            int length = random.Next(MaxImage);
            world.SetLength(name, length);
            images[name] = Resized(images[name], length);
        }

        private void Punch()
        {
            string name = Any();
            int offset = random.Next(MaxImage);
            int length = random.Next(1, 200_000);
            AllocateMode mode = random.Next(3) switch
            {
                0 => AllocateMode.PunchHole | AllocateMode.KeepSize,
                1 => AllocateMode.ZeroRange | AllocateMode.KeepSize,
                _ => AllocateMode.ZeroRange,
            };
            world.Allocate(name, mode, offset, length);
            byte[] image = images[name];
            if ((mode & AllocateMode.KeepSize) == 0 && image.Length < offset + length)
                image = images[name] = Resized(image, offset + length);
            int end = Math.Min(image.Length, offset + length);
            if (offset < end)
                image.AsSpan(offset, end - offset).Clear();
        }

        private void Cut()
        {
            string name = $"s{random.Next(5)}";
            if (held.ContainsKey(name))
                return;
            world.Cut(name);
            held[name] = images.ToDictionary(i => i.Key, i => i.Value.ToArray());
            cuts[world.Engine.Snapshots.FindHeld(name)!.Number] = held[name];
        }

        private void Release()
        {
            if (held.Count == 0)
                return;
            string name = held.Keys.ElementAt(random.Next(held.Count));
            world.Release(name);
            held.Remove(name);
        }

        private void Forget()
        {
            Snapshot[] checkpoints = [.. world.Engine.Snapshots.All.Where(s => !s.Held)];
            if (checkpoints.Length != 0)
                Assert.True(world.Engine.Delete(checkpoints[random.Next(checkpoints.Length)].Name).Succeeded);
        }

        private void DeleteImage()
        {
            if (images.Count < 3)
                return;
            string name = Any();
            world.Delete(name);
            images.Remove(name);
        }

        private void RenameImage()
        {
            string from = Any();
            string to = random.Next(3) == 0 ? Any() : $"i{names++}";
            if (from == to)
                return;
            world.Rename(from, to);
            images.Remove(from, out byte[]? content);
            images[to] = content!;
        }

        private void CheckOne()
        {
            if (held.Count == 0)
                return;
            (string snapshot, Dictionary<string, byte[]> contents) = held.ElementAt(random.Next(held.Count));
            foreach ((string name, byte[] content) in contents.Where(_ => random.Next(3) == 0))
                Same(content, world.View(snapshot, name, random.Next(1, 40) * 1000), $"view of {name} in {snapshot}");
        }

        private void Check()
        {
            foreach ((string snapshot, Dictionary<string, byte[]> contents) in held)
            {
                foreach ((string name, byte[] content) in contents)
                    Same(content, world.View(snapshot, name), $"view of {name} in {snapshot}");
            }
            foreach ((string name, byte[] content) in images)
                Same(content, world.Content(name), $"image {name}");
        }

        /// <summary>Changed ranges of the newer point, laid over the older one, give the newer one.</summary>
        private void CheckChanges()
        {
            Snapshot[] all = [.. world.Engine.Snapshots.All];
            if (all.Length == 0)
                return;
            Snapshot from = all[random.Next(all.Length)];
            Snapshot[] later = [.. all.Where(s => s.Number > from.Number)];
            Snapshot? to = later.Length == 0 || random.Next(3) == 0 ? null : later[random.Next(later.Length)];
            Dictionary<string, byte[]> newer = to is null ? images : cuts[to.Number];
            foreach ((string name, byte[] content) in newer.ToArray())
            {
                ChangeReport report = world.Changes(name, from.Name, to?.Name);
                Assert.Equal(content.Length, report.Size);
                if (report.Full)
                    continue;
                // The older content of the same image, whatever it was called then.
                FileListEntry entry = from.Files.Images.Single(e => e.Image == ImageOf(name, to));
                byte[] laid = Resized(cuts[from.Number][System.Text.Encoding.UTF8.GetString(from.Files.PathOf(entry))], content.Length);
                foreach (Extent extent in report.Extents)
                    content.AsSpan((int)extent.Start, (int)extent.Length).CopyTo(laid.AsSpan((int)extent.Start));
                Same(content, laid, $"changes of {name} from {from.Name} to {to?.Name ?? "now"}");
            }
        }

        /// <summary>Each image of a delta, laid over the older cut's, is that of the newer one; looked at again, by another worker too, it is laid out as it was.</summary>
        private void CheckDelta()
        {
            if (held.Count == 0)
                return;
            string newer = held.Keys.ElementAt(random.Next(held.Count));
            long number = world.Engine.Snapshots.FindHeld(newer)!.Number;
            Snapshot[] older = [.. world.Engine.Snapshots.All.Where(s => s.Number < number)];
            Snapshot? from = older.Length == 0 || random.Next(4) == 0 ? null : older[random.Next(older.Length)];
            foreach ((string name, byte[] content) in held[newer])
            {
                DeltaImage image = world.LayOut(from?.Name ?? "", newer, name);
                byte[] former = image.Full ? [] : cuts[from!.Number][System.Text.Encoding.UTF8.GetString(image.FormerPath ?? System.Text.Encoding.UTF8.GetBytes(name))];
                Same(content, LaidOut.Apply(image, former, content), $"delta of {name} from {from?.Name} to {newer}");
                if (!laid.TryGetValue((from?.Number ?? 0, number, name), out uint sum))
                    laid[(from?.Number ?? 0, number, name)] = world.SumOf(from?.Name ?? "", newer, name);
                else
                    Assert.Equal(sum, world.SumOf(from?.Name ?? "", newer, name));
            }
        }

        private VdFs.Core.Images.ImageId ImageOf(string name, Snapshot? at) => at is null
            ? world.Open(name).Image.Id
            : at.Files.FindPath(System.Text.Encoding.UTF8.GetBytes(name))!.Image;

        private static void Same(byte[] expected, byte[] actual, string what)
        {
            int at = expected.AsSpan().CommonPrefixLength(actual);
            Assert.True(at == expected.Length && at == actual.Length, $"{what}: differs at {at} (block {at / 4096}), lengths {expected.Length} and {actual.Length}");
        }

        private static byte[] Resized(byte[] content, int length)
        {
            byte[] resized = new byte[length];
            content.AsSpan(0, Math.Min(content.Length, length)).CopyTo(resized);
            return resized;
        }
    }
}
