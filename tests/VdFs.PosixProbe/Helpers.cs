using System.Security.Cryptography;
using System.Text;
using VdFs.PosixProbe.Native;

namespace VdFs.PosixProbe;

/// <summary>What the second process of a case does.</summary>
internal static class Helpers
{
    public static string Run(string helper, string root, string[] arguments)
    {
        string path = $"{root}/{arguments[0]}";
        return helper switch
        {
            "lock" => Lock(path, int.Parse(arguments[1]), short.Parse(arguments[2]), long.Parse(arguments[3]), long.Parse(arguments[4])),
            "flock" => Flock(path, int.Parse(arguments[1])),
            "append" => Append(path, arguments[1], int.Parse(arguments[2])),
            "read" => ReadAll(path),
            "write" => WriteAt(path, long.Parse(arguments[1]), arguments[2]),
            "mapped-sum" => MappedSum(path),
            _ => throw new ArgumentException(helper),
        };
    }

    private static string Lock(string path, int command, short type, long start, long length)
    {
        long fd = Ground.Must(Posix.Open(path, Flags.ReadWrite));
        long result = Posix.Lock(fd, command, type, start, length);
        return result < 0 ? Posix.ErrorName(result) : result.ToString();
    }

    private static string Flock(string path, int operation)
    {
        long fd = Ground.Must(Posix.Open(path, Flags.ReadWrite));
        long result = Posix.Flock(fd, operation);
        return result < 0 ? Posix.ErrorName(result) : "ok";
    }

    private static string Append(string path, string letter, int count)
    {
        long fd = Ground.Must(Posix.Open(path, Flags.WriteOnly | Flags.Append));
        byte[] line = Encoding.Latin1.GetBytes(new string(letter[0], 99) + "\n");
        for (int i = 0; i < count; i++)
            Ground.Must(Posix.Write(fd, line));
        return "ok";
    }

    private static string ReadAll(string path)
    {
        long fd = Ground.Must(Posix.Open(path, Flags.ReadOnly));
        return Ground.Content(fd);
    }

    private static string WriteAt(string path, long offset, string text)
    {
        long fd = Ground.Must(Posix.Open(path, Flags.WriteOnly));
        return Posix.WriteAt(fd, Encoding.Latin1.GetBytes(text), offset).ToString();
    }

    /// <summary>SHA-256 of a file read through a private mapping.</summary>
    private static unsafe string MappedSum(string path)
    {
        long fd = Ground.Must(Posix.Open(path, Flags.ReadOnly));
        int size = (int)Ground.Stat(fd).Size;
        nint map = Libc.mmap(0, size, Flags.MapRead, Flags.MapShared, (int)fd, 0);
        Ground.Must(Posix.Result(map));
        return Convert.ToHexStringLower(SHA256.HashData(new ReadOnlySpan<byte>((void*)map, size)));
    }
}
