using System.IO;
using Microsoft.Win32.SafeHandles;

namespace VdFs.Mounted.Tests.Model;

/// <summary>What should be: a byte[] per image and a copy of all per held snapshot. Each step is done here and on the mount.</summary>
public sealed class ModelWorld(MountedImages images, int seed)
{
    private const int MaximumSize = 300_000;
    private const int MaximumWrite = 40_000;
    private readonly Random random = new(seed);
    private readonly SortedDictionary<string, byte[]> live = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, SortedDictionary<string, byte[]>> held = new(StringComparer.Ordinal);
    private readonly List<string> checkpoints = [];
    private int names;

    /// <summary>One random step; answers what it was, for the message of a failure.</summary>
    public string Step()
    {
        int kind = random.Next(100);
        return kind switch
        {
            _ when live.Count == 0 => Create(),
            < 2 => Create(),
            < 50 => Write(),
            < 55 => Resize(),
            < 62 => Punch(),
            < 67 => Zero(),
            < 69 => Append(),
            < 72 => Truncate(),
            < 76 => Rename(),
            < 77 => Replace(),
            < 78 => Remove(),
            < 84 => Cut(),
            < 88 => Release(),
            < 89 => Forget(),
            < 95 => CheckOne(),
            _ => CheckView(),
        };
    }

    /// <summary>Compares the whole mount with the model.</summary>
    public void CheckAll()
    {
        CheckTree(images.Mount, live);
        foreach ((string name, SortedDictionary<string, byte[]> content) in held)
            CheckTree(images.Snapshot(name), content);
        Assert.Equal(held.Keys, Listed(images.Snapshots));
        Assert.Equal(checkpoints.Order(StringComparer.Ordinal), Listed(images.Checkpoints));
    }

    private string Create()
    {
        string name = $"image{names++}";
        File.WriteAllBytes(Path.Combine(images.Mount, name), []);
        live[name] = [];
        return $"create {name}";
    }

    private string Write()
    {
        string name = Any();
        byte[] data = Data(random.Next(4) == 0 ? random.Next(1, MaximumWrite) : random.Next(1, 5000));
        int offset = random.Next(random.Next(10) == 0 ? MaximumSize : live[name].Length + 1);
        Grow(name, offset + data.Length);
        data.CopyTo(live[name], offset);
        using SafeFileHandle file = Open(name);
        RandomAccess.Write(file, data, offset);
        return $"write {name} {offset}+{data.Length}";
    }

    private string Append()
    {
        string name = Any();
        byte[] data = Data(random.Next(1, 3000));
        live[name] = [.. live[name], .. data];
        using var file = new FileStream(Path.Combine(images.Mount, name), FileMode.Append, FileAccess.Write, FileShare.ReadWrite, 0);
        file.Write(data);
        return $"append {name} {data.Length}";
    }

    private string Resize()
    {
        string name = Any();
        int length = random.Next(MaximumSize);
        live[name] = [.. live[name].Take(length), .. new byte[Math.Max(0, length - live[name].Length)]];
        using SafeFileHandle file = Open(name);
        RandomAccess.SetLength(file, length);
        return $"resize {name} {length}";
    }

    private string Truncate()
    {
        string name = Any();
        byte[] data = Data(random.Next(0, 9000));
        live[name] = data;
        File.WriteAllBytes(Path.Combine(images.Mount, name), data);
        return $"truncate and write {name} {data.Length}";
    }

    private string Punch()
    {
        string name = Any();
        (int offset, int length) = (random.Next(MaximumSize), random.Next(1, MaximumWrite));
        int end = Math.Min(offset + length, live[name].Length);
        if (offset < end)
            live[name].AsSpan(offset, end - offset).Clear();
        using SafeFileHandle file = Open(name);
        Native.Punch(file, offset, length);
        return $"punch {name} {offset}+{length}";
    }

    private string Zero()
    {
        string name = Any();
        (int offset, int length) = (random.Next(live[name].Length + 1), random.Next(1, MaximumWrite));
        Grow(name, offset + length);
        live[name].AsSpan(offset, length).Clear();
        using SafeFileHandle file = Open(name);
        Native.Zero(file, offset, length);
        return $"zero {name} {offset}+{length}";
    }

    private string Rename()
    {
        string from = Any();
        string to = $"image{names++}";
        File.Move(Path.Combine(images.Mount, from), Path.Combine(images.Mount, to));
        live[to] = live[from];
        live.Remove(from);
        return $"rename {from} {to}";
    }

    private string Replace()
    {
        (string from, string to) = (Any(), Any());
        if (from == to)
            return "replace nothing";
        File.Move(Path.Combine(images.Mount, from), Path.Combine(images.Mount, to), overwrite: true);
        live[to] = live[from];
        live.Remove(from);
        return $"rename {from} over {to}";
    }

    private string Remove()
    {
        string name = Any();
        File.Delete(Path.Combine(images.Mount, name));
        live.Remove(name);
        return $"remove {name}";
    }

    private string Cut()
    {
        if (held.Count >= 6)
            return Release();
        string name = $"cut{names++}";
        Directory.CreateDirectory(images.Snapshot(name));
        held[name] = new SortedDictionary<string, byte[]>(live.ToDictionary(i => i.Key, i => (byte[])i.Value.Clone()), StringComparer.Ordinal);
        return $"cut {name}";
    }

    private string Release()
    {
        if (held.Count == 0)
            return "release nothing";
        string name = held.Keys.ElementAt(random.Next(held.Count));
        Directory.Delete(images.Snapshot(name));
        held.Remove(name);
        checkpoints.Add(name);
        return $"release {name}";
    }

    private string Forget()
    {
        if (checkpoints.Count == 0)
            return "forget nothing";
        string name = checkpoints[random.Next(checkpoints.Count)];
        Directory.Delete(Path.Combine(images.Checkpoints, name));
        checkpoints.Remove(name);
        return $"forget {name}";
    }

    private string CheckOne()
    {
        string name = Any();
        CheckFile(Path.Combine(images.Mount, name), live[name]);
        return $"check {name}";
    }

    private string CheckView()
    {
        if (held.Count == 0)
            return "check nothing";
        string name = held.Keys.ElementAt(random.Next(held.Count));
        if (held[name].Count > 0)
        {
            (string image, byte[] content) = held[name].ElementAt(random.Next(held[name].Count));
            CheckFile(Path.Combine(images.Snapshot(name), image), content);
        }
        return $"check {name}";
    }

    private static void CheckTree(string folder, SortedDictionary<string, byte[]> expected)
    {
        Assert.Equal(expected.Keys, Directory.GetFiles(folder).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal));
        foreach ((string name, byte[] content) in expected)
            CheckFile(Path.Combine(folder, name), content);
    }

    private static void CheckFile(string path, byte[] expected)
    {
        byte[] actual = new byte[expected.Length + 1];
        int length = 0;
        try
        {
            using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            // From the engine, and not from what the kernel remembers of the last time.
            Native.DropCache(file);
            for (int read; (read = RandomAccess.Read(file, actual.AsSpan(length), length)) > 0;)
                length += read;
        }
        catch (IOException e)
        {
            ToolResult state = Tool.Run("getfattr", "--only-values", "-n", "user.vdfs.state", path);
            throw new InvalidOperationException($"{e.Message} from byte {length} on ({state.Output} {state.Error})", e);
        }
        int differs = actual.AsSpan(0, length).CommonPrefixLength(expected);
        Assert.True(length == expected.Length && differs == expected.Length,
            $"{path}: {length} bytes, not {expected.Length}; differs from byte {differs} on");
    }

    private static IEnumerable<string> Listed(string folder) =>
        Directory.GetDirectories(folder).Select(d => Path.GetFileName(d)).Where(n => n != ".checkpoints").Order(StringComparer.Ordinal);

    private SafeFileHandle Open(string name) =>
        File.OpenHandle(Path.Combine(images.Mount, name), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);

    private string Any() => live.Keys.ElementAt(random.Next(live.Count));

    private void Grow(string name, int length)
    {
        if (live[name].Length < length)
            live[name] = [.. live[name], .. new byte[length - live[name].Length]];
    }

    private byte[] Data(int length)
    {
        byte[] data = new byte[length];
        // Zeros now and then: they are data too.
        if (random.Next(8) > 0)
            random.NextBytes(data);
        return data;
    }
}
