using VdFs.Core.Qcow2;

namespace VdFs.Core.Deltas;

/// <summary>How one file of a chain finds the one before it.</summary>
internal static class DeltaNames
{
    /// <summary>
    /// The qcow2 of the image at <paramref name="former"/> at a cut, relative to the folder of <paramref name="path"/>: begins with `./` or `../`, so that no name is taken for a protocol.
    /// </summary>
    public static byte[] Relative(ReadOnlySpan<byte> path, ReadOnlySpan<byte> former, DateTimeOffset time)
    {
        int folder = path.LastIndexOf((byte)'/') + 1;
        int formerFolder = former.LastIndexOf((byte)'/') + 1;
        // Folders that both are in.
        int common = 0;
        for (int i = 0; i < Math.Min(folder, formerFolder) && path[i] == former[i]; i++)
        {
            if (path[i] == '/')
                common = i + 1;
        }
        int up = path[common..folder].Count((byte)'/');
        var name = new List<byte>();
        if (up == 0)
            name.AddRange("./"u8);
        for (int i = 0; i < up; i++)
            name.AddRange("../"u8);
        name.AddRange(former[common..formerFolder]);
        name.AddRange(Qcow2Names.Image(former[formerFolder..], time));
        return [.. name];
    }
}
