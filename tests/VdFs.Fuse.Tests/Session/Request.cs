using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using VdFs.Fuse.Native;

namespace VdFs.Fuse.Tests.Session;

/// <summary>Requests as the kernel would send them.</summary>
internal static class Request
{
    public static byte[] Make(FuseOpcode opcode, ulong unique, ulong node, params byte[][] parts)
    {
        byte[] body = [.. parts.SelectMany(p => p)];
        var header = new FuseInHeader { Len = (uint)(Unsafe.SizeOf<FuseInHeader>() + body.Length), Opcode = opcode, Unique = unique, NodeId = node, Pid = 1 };
        return [.. Bytes(header), .. body];
    }

    public static byte[] Bytes<T>(T value)
        where T : unmanaged => MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)).ToArray();
}
