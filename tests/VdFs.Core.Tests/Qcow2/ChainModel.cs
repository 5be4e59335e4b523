using System.Text;
using VdFs.Core.Errors;
using VdFs.Core.Qcow2;

namespace VdFs.Core.Tests.Qcow2;

/// <summary>An image at several cuts, as byte arrays, and the qcow2 files that say the same: the first stands alone, each of the others is a delta to the one before.</summary>
internal sealed class ChainModel
{
    private readonly Random random;

    public ChainModel(int seed, int cuts, int largest, bool oneClusterSize = false)
    {
        random = new Random(seed);
        Versions.Add(Fill(new byte[Size(largest)], pieces: 12));
        for (int cut = 1; cut < cuts; cut++)
            Versions.Add(Fill(Resized(Versions[^1], random.Next(3) == 0 ? Size(largest) : Versions[^1].Length), pieces: random.Next(6)));
        for (int cut = 0; cut < cuts; cut++)
            Files.Add(Write(cut, oneClusterSize || cut > 0 ? random.Next(4) == 0 && !oneClusterSize ? 13 : 12 : 16));
    }

    /// <summary>Contents, oldest first.</summary>
    public List<byte[]> Versions { get; } = [];

    /// <summary>Files, oldest first; <see cref="Name"/> is what each is called.</summary>
    public List<byte[]> Files { get; } = [];

    public static string Name(int cut) => $"cut{cut}.qcow2";

    /// <summary>The chain that ends with a cut.</summary>
    public Qcow2Chain Chain(int cut)
    {
        var files = new List<Qcow2File>();
        for (; cut >= 0; cut--)
            files.Add(Qcow2File.Open(new MemorySource(Files[cut]), Files[cut].Length, Name(cut)));
        return new Qcow2Chain(files);
    }

    /// <summary>A version with zeros up to the next sector.</summary>
    public byte[] Padded(int cut) => Resized(Versions[cut], (Versions[cut].Length + 511) / 512 * 512);

    private int Size(int largest) => random.Next(8) switch { 0 => 0, 1 => random.Next(5000), _ => random.Next(largest) };

    private byte[] Write(int cut, int bits)
    {
        byte[] now = Versions[cut];
        byte[] before = cut == 0 ? [] : Versions[cut - 1];
        var runs = new ClusterRunList();
        int size = 1 << bits;
        for (long at = 0; at < now.Length; at += size)
        {
            ReadOnlySpan<byte> content = Resized(now.AsSpan((int)at, (int)Math.Min(size, now.Length - at)).ToArray(), size);
            ReadOnlySpan<byte> former = at < before.Length ? Resized(before.AsSpan((int)at, (int)Math.Min(size, before.Length - at)).ToArray(), size) : new byte[size];
            bool zeros = !content.ContainsAnyExcept((byte)0);
            ClusterKind kind = zeros && random.Next(3) != 0 ? ClusterKind.Zero : ClusterKind.Data;
            if (content.SequenceEqual(former) && random.Next(10) != 0)
                kind = ClusterKind.Unallocated;
            runs.Add(at >> bits, 1, kind);
        }
        byte[]? backing = cut == 0 ? null : Encoding.UTF8.GetBytes($"./{Name(cut - 1)}");
        // Half of them as a mount shows them, half as a backup writes them, with and without comparing.
        var layout = new Qcow2Layout(now.Length, bits, runs, backing);
        if (random.Next(2) == 0)
        {
            byte[] whole = new byte[layout.Length];
            Assert.Equal(FsError.None, layout.Read(0, whole, new MemorySource(now), out _));
            return whole;
        }
        var sink = new MemorySink();
        var writer = new Qcow2StreamWriter(now.Length, bits, runs, backing)
        {
            DropZeros = random.Next(2) == 0,
            Base = random.Next(2) == 0 ? new MemorySource(before) : null,
        };
        Assert.Equal(FsError.None, writer.Write(new MemorySource(now), sink));
        return sink.ToArray();
    }

    private byte[] Fill(byte[] content, int pieces)
    {
        for (int i = 0; i < pieces && content.Length > 0; i++)
        {
            int at = random.Next(content.Length);
            Span<byte> part = content.AsSpan(at, Math.Min(content.Length - at, random.Next(random.Next(2) == 0 ? 5000 : 200_000)));
            if (random.Next(3) == 0)
                part.Clear();
            else
                random.NextBytes(part);
        }
        return content;
    }

    private static byte[] Resized(byte[] content, int length)
    {
        byte[] result = [.. content];
        Array.Resize(ref result, length);
        return result;
    }
}
